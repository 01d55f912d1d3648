"""The program: from a script to the file that node runs, how it is compiled, developed and tested."""
