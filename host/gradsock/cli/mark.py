"""`gradsock mark`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Words

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def mark(*words: Words) -> None:
    """Put a mark with a few words into what a sock records.

    `gradsock mark [SOCK] TEXT`: what happened, in at most 60 letters, such as "walked 2 km". Whoever marks cramp,
    tingling, numbness, pain or cold is told what to do about it. Some words the sock itself goes by: "smooth" after a
    finger went round the top edge and found no fold, so that it knows how it sits when it sits right (three such
    donnings, and it tells a sock that was put on folded); "standing" and "lying" for `gradsock check`.
    """
    from sock.words import answer_to_mark

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import sock_and_one
    from gradsock.link import telling

    sock, text = sock_and_one(words, "what happened", 'gradsock mark "walked 2 km"')
    symptom = answer_to_mark(text)
    if symptom:
        say(symptom)  # before anything that may fail
    telling.check_mark(text)

    async def put(owned: "OwnedSock") -> None:
        await telling.mark(owned.tell, text)

    with_sock(sock, put)
    say("marked")
