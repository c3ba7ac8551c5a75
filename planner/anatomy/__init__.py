"""One vertebra understood: its pose, its landmarks with how sure we are, its canal and foramina."""
