"""What happens between the locations of one part: the rules that simulation and replay share."""
