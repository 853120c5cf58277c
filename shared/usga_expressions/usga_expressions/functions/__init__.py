"""The functions of the language, by family; `compiler.library` tells what each takes."""
