"""`python -m yunbox` is the command `yunbox`."""

from yunbox.cli.main import main

if __name__ == "__main__":
    main()
