# file: DivergesBfs.v
# refused in: edge_degree
# an edge anywhere, not one that starts in N_c
/^Definition edge_leaves/,/\.$/s/in_N I u = true/in_N I u = in_N I u/
