"""
The baseline, as commonly written for this stack: a consumer that stores each message
in its own transaction, and one that only echoes. Not part of chartroom.
"""
