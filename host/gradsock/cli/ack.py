"""`gradsock ack`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Sock

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def ack(*sock: Sock) -> None:
    """Tell a sock that you have seen what it tells: it is silent until it gets worse.

    The same as a press of its button. What was found stays in the verdict and the recording; as long as it stands the
    sock tells it again when it gets worse, when something joins it, and after two hours.
    """
    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import only_sock
    from gradsock.link import telling
    from gradsock.view.status import verdict

    async def tell(owned: "OwnedSock") -> str:
        answer = await telling.acknowledge(owned.tell)
        return f"{owned.info.name} {answer}. {verdict((await owned.vitals()).fit)}"

    say(with_sock(only_sock(sock), tell))
