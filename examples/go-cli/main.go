// Tally counts the words of its arguments, or of what it is given to read.
package main

import (
	"os"

	"example.com/tally/cmd"
)

func main() {
	if err := cmd.New().Execute(); err != nil {
		os.Exit(1)
	}
}
