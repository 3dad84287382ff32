"""`sales admin …`: what the administrator of an installation does from the command line.

    sales admin dead-letters list | show | replay | discard
    sales admin restored crm
    sales admin retell offers
    sales admin rebuild
    sales admin users set-password sales.north

It works on the servers of the installation in this folder (`SALES_LOCAL` names another). Where
`SALES_AMQP_URL` and `SALES_DATABASE_URLS` are set, as in a cluster, it works on those.
"""

import json
import os
import subprocess
import sys
from typing import Annotated

import typer

from services.kit import dead_letters
from services.local.connections import connections
from services.local.folders import ROOT, folders
from services.local.messages import CannotContinue
from services.local.services import SERVICES

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(dead_letters.app, name="dead-letters")

#: Where more than the service's own processes remember what is gone.
_AFTERWARDS = {"identity": "Restart every process: each remembers what users may do."}

_Service = Annotated[str, typer.Argument(help="crm, offers, …")]


@app.callback()
def point_at_the_installation() -> None:
    """Tell everything that runs below where the servers are."""
    if os.environ.get("SALES_AMQP_URL") and os.environ.get("SALES_DATABASE_URLS"):
        return
    found = connections(folders())
    os.environ["SALES_AMQP_URL"] = found.amqp_url
    os.environ["SALES_DATABASE_URLS"] = json.dumps(dict(found.database_urls))
    os.environ["SALES_SECRETS_DIR"] = str(folders().secrets)


@app.command()
def restored(service: _Service) -> None:
    """Say that a service's database was restored from a backup.

    It begins a new epoch: whoever keeps copies of its records reads all of them anew, and devices send again
    what the backup may lack. Another cluster or another history of it is noticed without this; a dump that
    was loaded into the same cluster is not.
    """
    from services.kit.database import Database
    from services.kit.records.retelling import begin_new_life

    epoch = begin_new_life(Database(service, _database_url(service), pool_size=1))
    typer.echo(f"{service}: epoch {epoch}. {_AFTERWARDS.get(service, 'Restart its processes.')}")


@app.command()
def retell(service: _Service) -> None:
    """Have a service tell all its records once more, while everything runs.

    Read models (timeline, figures, duplicates) take in what they lack: after an upgrade that brought a new
    one, say. What they know already changes nothing.
    """
    from services.kit.database import Database
    from services.kit.records.retelling import tell_again

    count = tell_again(Database(service, _database_url(service), pool_size=1))
    typer.echo(f"{service}: {count} events are on their way.")


@app.command()
def rebuild() -> None:
    """Have sync read every owner anew, while everything runs; what did not change is not sent again."""
    _run("services.sync", ["rebuild"], _database_url("sync"))


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
def users(arguments: Annotated[list[str], typer.Argument(help="as of `python -m gateway.identity`")]) -> None:
    """Administer users: create-administrator, set-password, end-sessions, revoke-device, rotate-key."""
    _run("gateway.identity", arguments, _database_url("identity"))


def _database_url(service: str) -> str:
    urls = json.loads(os.environ["SALES_DATABASE_URLS"])
    if service not in urls or not any(each.name == service and each.exists for each in SERVICES):
        raise CannotContinue(
            f"There is no service {service!r}.",
            f"One of: {', '.join(each.name for each in SERVICES if each.exists)}.",
        )
    return str(urls[service])


def _run(module: str, arguments: list[str], database_url: str) -> None:
    """Run a module of a service with that service's database; leave with its exit code."""
    paths = f"{ROOT}{os.pathsep}{ROOT / 'protos/gen/py'}"
    environment = {**os.environ, "SALES_DATABASE_URL": database_url, "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-m", module, *arguments], env=environment, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)


def main() -> None:
    """Run a command; what only the person can change is said in two lines."""
    try:
        app(prog_name="sales admin")
    except CannotContinue as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
