"""The command line: python -m smartvest …"""

from smartvest.cli import app

app(prog_name="python -m smartvest")
