"""`python -m tracking …`"""

from tracking.cli import main

main()
