using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Loops;

namespace ActorPhysics.Hosting.Tests.Loops;

public sealed class EventLoopTests : IDisposable
{
    private readonly RecordingLogger _logger = new();
    private readonly EventLoop _loop;

    public EventLoopTests()
    {
        _loop = new EventLoop(new EventLoopOptions { Name = "test" }, _logger);
        _loop.Start();
    }

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Work_runs_on_the_loop_and_nowhere_else()
    {
        Assert.False(_loop.IsCurrent);
        Assert.True(await _loop.InvokeAsync(() => _loop.IsCurrent).Within());
    }

    [Fact]
    public async Task What_several_threads_post_runs_once_each_and_in_order_per_thread()
    {
        const int Threads = 4;
        const int Posts = 20_000;
        var seen = new int[Threads];
        var done = new TaskCompletionSource();
        int remaining = Threads * Posts;
        bool inOrder = true;
        Task[] posters = Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < Posts; i++)
            {
                int number = i;
                _loop.Post(new Work(() =>
                {
                    inOrder &= seen[thread]++ == number;
                    if (--remaining == 0)
                    {
                        done.SetResult();
                    }
                }));
            }
        })).ToArray();
        await Task.WhenAll(posters).Within();
        await done.Task.Within();
        Assert.True(inOrder);
    }

    [Fact]
    public async Task A_sleeping_loop_is_woken_by_every_post()
    {
        // Each round lets the loop fall asleep, in all the ways in which that can race with the next post.
        for (int round = 0; round < 5_000; round++)
        {
            Assert.Equal(round, await _loop.InvokeAsync(() => round).Within());
        }
    }

    [Fact]
    public async Task Two_loops_wake_each_other_without_losing_a_call()
    {
        using var other = new EventLoop(new EventLoopOptions { Name = "other", Spin = TimeSpan.FromMicroseconds(50) }, _logger);
        other.Start();
        var done = new TaskCompletionSource();
        int rounds = 20_000;
        Work? ping = null;
        var pong = new Work(() => _loop.Post(ping!));
        ping = new Work(() =>
        {
            if (--rounds == 0)
            {
                done.SetResult();
            }
            else
            {
                other.Post(pong);
            }
        });
        _loop.Post(ping);
        await done.Task.Within();
    }

    [Fact]
    public async Task Timers_fire_in_order_of_due_time_and_wake_a_sleeping_loop()
    {
        var target = new TimerRecorder(expected: 3);
        await _loop.InvokeAsync(() =>
        {
            _loop.SetTimer(_loop.Now + TimeSpan.FromMilliseconds(6), target, 3);
            _loop.SetTimer(_loop.Now + TimeSpan.FromMilliseconds(2), target, 1);
            _loop.SetTimer(_loop.Now + TimeSpan.FromMilliseconds(2), target, 2);
            _loop.CancelTimer(_loop.SetTimer(_loop.Now + TimeSpan.FromMilliseconds(1), target, 99));
        }).Within();
        ulong[] fired = await target.Fired.Within();
        Assert.Equal([1UL, 2UL, 3UL], fired);
    }

    [Fact]
    public async Task A_timer_never_fires_before_its_time()
    {
        var early = new TaskCompletionSource<bool>();
        await _loop.InvokeAsync(() =>
        {
            MonotonicTime due = _loop.Now + TimeSpan.FromMilliseconds(3);
            _loop.SetTimer(due, new TimerCall(() => early.SetResult(_loop.Now < due)), 0);
        }).Within();
        Assert.False(await early.Task.Within());
    }

    [Fact]
    [Trait("Pitfall", "60")]
    public async Task Work_timers_and_runnables_that_throw_are_logged_and_the_loop_goes_on()
    {
        _loop.Post(new Work(() => throw new InvalidOperationException("work")));
        await _loop.InvokeAsync(() =>
        {
            _loop.SetTimer(_loop.Now, new TimerCall(() => throw new InvalidOperationException("timer")), 0);
            _loop.Schedule(new Turn(() => throw new InvalidOperationException("turn")));
        }).Within();
        await _logger.SeesAsync(nameof(Work));
        await _logger.SeesAsync(nameof(TimerCall));
        await _logger.SeesAsync(nameof(Turn));
        Assert.Equal(1, await _loop.InvokeAsync(() => 1).Within());
        Assert.False(_loop.Completion.IsCompleted);
    }

    [Fact]
    public async Task An_actor_that_is_never_done_starves_neither_posts_nor_timers_nor_other_actors()
    {
        int otherTurns = 0;
        bool stop = false;
        Turn? busy = null;
        busy = new Turn(() =>
        {
            if (!stop)
            {
                _loop.Schedule(busy!);
            }
        });
        await _loop.InvokeAsync(() => _loop.Schedule(busy)).Within();
        await _loop.InvokeAsync(() => _loop.Schedule(new Turn(() => otherTurns++))).Within();
        var target = new TimerRecorder(expected: 1);
        await _loop.InvokeAsync(() => _loop.SetTimer(_loop.Now, target, 7)).Within();
        await target.Fired.Within();
        Assert.Equal(1, await _loop.InvokeAsync(() => otherTurns).Within());
        await _loop.InvokeAsync(() => stop = true).Within();
    }

    [Fact]
    public async Task Time_stands_still_within_an_iteration()
    {
        Assert.True(await _loop.InvokeAsync(() =>
        {
            MonotonicTime before = _loop.Now;
            SpinWait.SpinUntil(() => MonotonicClock.Read() > before + TimeSpan.FromMilliseconds(1));
            return _loop.Now == before;
        }).Within());
    }

    [Fact]
    public async Task What_asks_for_it_is_flushed_once_after_the_actors_had_their_turns()
    {
        var order = new List<string>();
        var flushed = new TaskCompletionSource();
        var flush = new Flush(() =>
        {
            order.Add("flush");
            flushed.SetResult();
        });
        await _loop.InvokeAsync(() =>
        {
            _loop.FlushLater(flush);
            _loop.Schedule(new Turn(() => order.Add("turn")));
        }).Within();
        await flushed.Task.Within();
        Assert.Equal(["turn", "flush"], order);
    }

    [Fact]
    public async Task Stopping_disposes_what_the_loop_owns_on_the_loop_and_cancels_open_questions()
    {
        var owned = new Owned(_loop);
        await _loop.InvokeAsync(() => _loop.Own(owned)).Within();
        _loop.Stop();
        await _loop.Completion.Within();
        Assert.True(owned.DisposedOnLoop);
        await Assert.ThrowsAsync<TaskCanceledException>(() => _loop.InvokeAsync(() => 1).Within());
    }

    [Fact]
    public async Task No_question_stays_unanswered_when_the_loop_ends_meanwhile()
    {
        Task[] questions = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                await _loop.InvokeAsync(() => 1).Within();
            }
        })).ToArray();
        await _loop.InvokeAsync(() => 1).Within();
        _loop.Stop();
        foreach (Task question in questions)
        {
            await Assert.ThrowsAsync<TaskCanceledException>(() => question.Within());
        }
    }

    [Fact]
    public async Task A_loop_that_was_never_started_ends_too()
    {
        var loop = new EventLoop(new EventLoopOptions(), _logger);
        Task<int> question = loop.InvokeAsync(() => 1);
        loop.Dispose();
        loop.Dispose();
        await Assert.ThrowsAsync<TaskCanceledException>(() => question.Within());
    }

    [Fact]
    public async Task An_actor_runs_on_the_real_loop_as_on_any_other()
    {
        var supervisor = new Supervisor(new LoggingSupervisionListener(_logger));
        var actor = new Summing(ActorSettings.WithDefaults(new ActorName("sum"), _loop, supervisor));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 100; i++)
            {
                await _loop.InvokeAsync(() => actor.TellMany(100)).Within();
            }
        }))).Within();
        await actor.Reached.Within();
        await _loop.InvokeAsync(() => actor.TryTell(-1, MailClass.Peer)).Within();
        await _logger.SeesAsync("invariant Sum is broken");
    }

    private sealed class Summing(ActorSettings settings) : Actor<int>(settings)
    {
        private readonly TaskCompletionSource _reached = new();
        private int _sum;

        public Task Reached => _reached.Task;

        public void TellMany(int messages)
        {
            for (int i = 0; i < messages; i++)
            {
                Assert.True(TryTell(1, MailClass.Peer));
            }
        }

        protected override void Receive(int message)
        {
            Core.Invariant.Require(message >= 0, "Sum", "a negative number");
            _sum += message;
            if (_sum == 40_000)
            {
                _reached.SetResult();
            }
        }
    }

    private sealed class Work(Action action) : ILoopWork
    {
        public void RunOnLoop() => action();
    }

    private sealed class Turn(Action action) : IRunnable
    {
        public void Run() => action();
    }

    private sealed class Flush(Action action) : IFlushable
    {
        void IFlushable.Flush() => action();
    }

    private sealed class TimerCall(Action action) : ITimerTarget
    {
        public void TimerFired(TimerHandle timer, ulong tag) => action();
    }

    private sealed class TimerRecorder(int expected) : ITimerTarget
    {
        private readonly TaskCompletionSource<ulong[]> _fired = new();
        private readonly List<ulong> _tags = [];

        public Task<ulong[]> Fired => _fired.Task;

        public void TimerFired(TimerHandle timer, ulong tag)
        {
            _tags.Add(tag);
            if (_tags.Count == expected)
            {
                _fired.SetResult([.. _tags]);
            }
        }
    }

    private sealed class Owned(EventLoop loop) : IDisposable
    {
        public bool DisposedOnLoop { get; private set; }
        public void Dispose() => DisposedOnLoop = loop.IsCurrent;
    }
}
