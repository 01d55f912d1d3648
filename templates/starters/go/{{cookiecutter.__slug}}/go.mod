module {{ cookiecutter.module }}

go 1.26
