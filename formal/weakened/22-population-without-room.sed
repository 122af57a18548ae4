# file: Population.v
# refused in: pop_negative_far
# d_star = d_max counted as room
/^Definition room_above/s/snd i < d_max/snd i <= d_max/
