using ActorPhysics.Actors.Runtime;

namespace ActorPhysics.Actors.Tests.Runtime;

public sealed class MailboxTests
{
    [Fact]
    public void Messages_leave_in_the_order_in_which_they_came_whatever_their_class()
    {
        var mailbox = new Mailbox<int>(new MailboxBounds(10, 10, 10));
        mailbox.TryPost(1, MailClass.Request);
        mailbox.TryPost(2, MailClass.Signal);
        mailbox.TryPost(3, MailClass.Peer);
        Assert.Equal([1, 2, 3], Drain(mailbox));
    }

    [Fact]
    [Trait("Pitfall", "58")]
    public void A_full_mailbox_refuses_a_request_and_changes_nothing()
    {
        var mailbox = new Mailbox<int>(new MailboxBounds(2, 0, 0));
        Assert.True(mailbox.TryPost(1, MailClass.Request));
        Assert.True(mailbox.TryPost(2, MailClass.Request));
        Assert.False(mailbox.TryPost(3, MailClass.Request));
        Assert.Equal([1, 2], Drain(mailbox));
    }

    [Fact]
    [Trait("Pitfall", "58")]
    public void A_flood_of_requests_leaves_room_for_peers_and_a_flood_of_peers_leaves_room_for_signals()
    {
        var mailbox = new Mailbox<int>(new MailboxBounds(Requests: 2, PeerReserve: 1, SignalReserve: 1));
        Flood(mailbox, MailClass.Request);
        Assert.Equal(2, mailbox.Count);
        Flood(mailbox, MailClass.Peer);
        Assert.Equal(3, mailbox.Count);
        Flood(mailbox, MailClass.Signal);
        Assert.Equal(4, mailbox.Count);
    }

    [Fact]
    public void Requests_are_let_in_again_once_the_backlog_is_below_their_own_bound()
    {
        var mailbox = new Mailbox<int>(new MailboxBounds(1, 1, 0));
        mailbox.TryPost(1, MailClass.Peer);
        mailbox.TryPost(2, MailClass.Peer);
        mailbox.TryTake(out _);
        Assert.False(mailbox.TryPost(3, MailClass.Request));
        mailbox.TryTake(out _);
        Assert.True(mailbox.TryPost(4, MailClass.Request));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1000)]
    public void Order_survives_growth_and_wrapping_around(int stride)
    {
        var mailbox = new Mailbox<int>(new MailboxBounds(100_000, 0, 0));
        int posted = 0;
        int taken = 0;
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < stride * 2; i++)
            {
                Assert.True(mailbox.TryPost(posted++, MailClass.Request));
            }

            for (int i = 0; i < stride; i++)
            {
                Assert.True(mailbox.TryTake(out int message));
                Assert.Equal(taken++, message);
            }
        }

        Assert.Equal(Enumerable.Range(taken, posted - taken), Drain(mailbox));
    }

    [Fact]
    public void A_taken_message_is_not_kept_alive()
    {
        var mailbox = new Mailbox<object>(new MailboxBounds(4, 0, 0));
        WeakReference message = PostAndTake(mailbox);
        GC.Collect();
        Assert.False(message.IsAlive);
        GC.KeepAlive(mailbox);
    }

    [Fact]
    public void Senseless_bounds_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Mailbox<int>(new MailboxBounds(-1, 0, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Mailbox<int>(new MailboxBounds(int.MaxValue, int.MaxValue, int.MaxValue)));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference PostAndTake(Mailbox<object> mailbox)
    {
        object message = new();
        mailbox.TryPost(message, MailClass.Request);
        mailbox.TryTake(out _);
        return new WeakReference(message);
    }

    private static void Flood(Mailbox<int> mailbox, MailClass mail)
    {
        while (mailbox.TryPost(0, mail))
        {
        }
    }

    private static List<int> Drain(Mailbox<int> mailbox)
    {
        var messages = new List<int>();
        while (mailbox.TryTake(out int message))
        {
            messages.Add(message);
        }

        return messages;
    }
}
