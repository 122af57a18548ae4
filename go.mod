module muflow

go 1.26

require (
	github.com/ALTree/bigfloat v0.0.0-20220102081255-38c8b72a9924 // indirect
	github.com/leanovate/gopter v0.2.11 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
)
