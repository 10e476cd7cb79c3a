"""`python -m columba_consumers` is the `columba` command."""

from columba_consumers.cli import main

if __name__ == "__main__":
    main()
