"""A virtual sock whose board or air ends under it."""

import pytest
from gradsock.errors import LinkLost, NoRadio, SimError
from gradsock.link import sim
from gradsock.sim.launch import VirtualAir
from gradsock.view.watched import Watched


async def test_a_link_that_broke_with_its_air_says_what_ended():
    virtual = sim.VirtualSock("stand")
    async with VirtualAir() as air:
        virtual._air = air
        with pytest.raises(LinkLost):
            async with sim._ends_told(virtual):
                raise LinkLost("the connection is gone")
        with pytest.raises(SimError, match="does not answer"):
            async with sim._ends_told(virtual):
                raise NoRadio("no Bluetooth here; try a virtual sock")
        air.kill()
        await air._process.wait()
        with pytest.raises(SimError, match="the virtual air has ended"):
            async with sim._ends_told(virtual):
                raise NoRadio("no Bluetooth here; try a virtual sock")


def test_two_socks_of_one_side_are_told_apart(made):
    one, other = Watched("sim:left"), Watched("sim:left")
    one.beside = other.beside = [one, other]
    one.info, other.info = made.info(name="sim1-left"), made.info(name="sim2-left")
    assert (one.label, other.label) == ("sim1-left", "sim2-left")
    other.info = made.info(name="sim2-right", side="right")
    assert (one.label, other.label) == ("left", "right")
