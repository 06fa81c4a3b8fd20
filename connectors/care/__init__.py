"""The CARE desk: the web application in which people of the house take conversations over."""
