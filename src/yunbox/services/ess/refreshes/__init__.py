"""Instance refreshes: the instances of a group are replaced, some at a time, by ones of another configuration."""
