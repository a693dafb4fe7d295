using System.Net.Sockets;
using ActorPhysics.Hosting.Loops;

namespace ActorPhysics.Hosting.Tests.Loops;

public sealed class WakeUpTests
{
    [Fact]
    public void The_loopback_wake_up_is_readable_from_the_signal_until_it_is_cleared()
    {
        using var wakeUp = new LoopbackWakeUp();
        Assert.False(wakeUp.Socket.Poll(0, SelectMode.SelectRead));
        wakeUp.Signal();
        wakeUp.Signal();
        Assert.True(wakeUp.Socket.Poll(10_000_000, SelectMode.SelectRead));
        wakeUp.Clear();
        Assert.False(wakeUp.Socket.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public void A_signal_after_the_end_touches_no_descriptor_that_was_reused()
    {
        WakeUp wakeUp = WakeUp.Create();
        wakeUp.Dispose();
        Assert.Throws<ObjectDisposedException>(wakeUp.Signal);
    }
}
