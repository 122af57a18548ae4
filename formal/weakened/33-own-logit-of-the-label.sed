# file: Vertex.v
# refused in: A4_down
# u may lead to the label: then mu_u rises
/^Theorem A4_down/,/^Proof/s/lead u p = 0/lead u p = 1/
