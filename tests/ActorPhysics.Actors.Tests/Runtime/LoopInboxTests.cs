using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.Tests.Runtime;

public sealed class LoopInboxTests : IInboxReader<int>
{
    private readonly List<int> _arrived = [];

    [Fact]
    public void Messages_that_gather_cost_one_post_and_arrive_in_order()
    {
        var loop = new CountingLoop();
        var inbox = new LoopInbox<int>(loop, 10, this);
        Assert.True(inbox.TryPost(1));
        Assert.True(inbox.TryPost(2));
        Assert.Equal(1, loop.Posts);
        loop.RunPosted();
        Assert.Equal([1, 2], _arrived);
        inbox.TryPost(3);
        Assert.Equal(2, loop.Posts);
    }

    [Fact]
    [Trait("Pitfall", "58")]
    public void A_full_inbox_refuses_until_the_loop_has_taken_what_waits()
    {
        var loop = new CountingLoop();
        var inbox = new LoopInbox<int>(loop, 2, this);
        Assert.True(inbox.TryPost(1));
        Assert.True(inbox.TryPost(2));
        Assert.False(inbox.TryPost(3));
        loop.RunPosted();
        Assert.True(inbox.TryPost(4));
        loop.RunPosted();
        Assert.Equal([1, 2, 4], _arrived);
    }

    [Fact]
    public void A_reader_that_throws_loses_only_the_message_it_threw_at()
    {
        var loop = new CountingLoop();
        var inbox = new LoopInbox<int>(loop, 10, this);
        inbox.TryPost(-1);
        inbox.TryPost(1);
        Assert.Throws<InvalidOperationException>(loop.RunPosted);
        loop.RunPosted();
        Assert.Equal([1], _arrived);
    }

    void IInboxReader<int>.Arrived(int message)
    {
        if (message < 0)
        {
            throw new InvalidOperationException();
        }

        _arrived.Add(message);
    }

    private sealed class CountingLoop : IEventLoop
    {
        private readonly Queue<ILoopWork> _posted = new();

        public int Posts { get; private set; }
        public MonotonicTime Now => default;
        public bool IsCurrent => true;

        public void Post(ILoopWork work)
        {
            Posts++;
            _posted.Enqueue(work);
        }

        public void RunPosted()
        {
            while (_posted.TryDequeue(out ILoopWork? work))
            {
                work.RunOnLoop();
            }
        }

        public void Schedule(IRunnable runnable) => throw new NotSupportedException();
        public TimerHandle SetTimer(MonotonicTime due, ITimerTarget target, ulong tag) => throw new NotSupportedException();
        public bool CancelTimer(TimerHandle timer) => throw new NotSupportedException();
    }
}
