# file: CarryOverLater.v
# refused in: u_next
# no vertex of N_c needs an edge from N_c: at c = 0 the logit stays bounded
/^Hypothesis u_reached/s/0 < d I u/0 <= d I u/
