"""`python -m portrait_atelier.core.cli`: the command line as a module, which `accelerate launch -m` needs."""

from .app import main

if __name__ == "__main__":
    main()
