"""
What people have on this stack, to measure against: a consumer that stores each
message in a transaction of its own, and one that only echoes. No part of the product.
"""
