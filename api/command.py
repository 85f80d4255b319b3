"""The entry point `sparewise`: the commands of planning, and `serve`, the door over HTTP."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated

import typer

from planning.cli import screen
from planning.cli.app import app, run
from planning.exits import Exit

_SOME_FOLDER = typer.Option(
    "--demo", help="Serve the demo company from this folder, made if it is not there."
)


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it listens.")] = 8000,
    host: Annotated[str, typer.Option(help="On which address; this machine alone.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="A further host name it answers to.")
    ] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy in front speaks TLS with browsers.")
    ] = False,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate, PEM.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    demo: Annotated[Path | None, _SOME_FOLDER] = None,
) -> None:
    """Answer over HTTP: the API under /v1 and the pages, on this machine alone unless said."""
    safe = behind_proxy or (certificate is not None and private_key is not None)
    if not safe and not _is_loopback(host):
        said = f"{host} can be reached from elsewhere. Passwords would travel in the open."
        _leave(f"{said}\nGive --certificate and --private-key, or --behind-proxy.")
    from api import serving

    if demo is not None:
        serving.make_demo(demo)
    serving.check_database()
    os.environ[serving.HOSTS] = ",".join([*(name or ()), host])
    if safe:
        os.environ[serving.TLS] = "1"
    serving.listen(
        host,
        port,
        workers=workers,
        behind_proxy=behind_proxy,
        certificate=certificate,
        private_key=private_key,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _leave(message: str) -> None:
    screen.ERR.print(message, style="bold red", markup=False)
    raise typer.Exit(int(Exit.WRONG_USAGE))


def main() -> None:
    """Run the command line."""
    app.command()(serve)
    run()


if __name__ == "__main__":
    main()
