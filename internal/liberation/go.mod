// The one font of figures under the import paths of twelve: the plotting library
// names all, of which figures use Sans Regular, and each is 0.4 MB of the program.
module codeberg.org/go-fonts/liberation

go 1.23.0
