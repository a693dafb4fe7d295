using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core;

namespace ActorPhysics.Actors.Tests.Runtime;

public sealed class ActorTests
{
    private readonly ManualLoop _loop = new();
    private readonly SupervisionRecorder _recorder = new();
    private readonly Supervisor _supervisor;

    public ActorTests() => _supervisor = new Supervisor(_recorder);

    [Fact]
    public void All_waiting_messages_are_one_batch_with_one_end()
    {
        RecordingActor actor = NewActor("a");
        Tell(actor, "x", "y", "z");
        _loop.RunUntilIdle();
        Assert.Equal(["x", "y", "z", "end"], actor.Log);
    }

    [Fact]
    public void A_message_that_an_actor_tells_itself_belongs_to_the_same_batch()
    {
        RecordingActor actor = NewActor("a");
        actor.On("x", () => actor.TryTell("y", MailClass.Signal));
        Tell(actor, "x");
        _loop.RunUntilIdle();
        Assert.Equal(["x", "y", "end"], actor.Log);
    }

    [Fact]
    public void A_batch_is_bounded_and_others_have_their_turn_between_two_batches()
    {
        var order = new List<string>();
        RecordingActor busy = NewActor("busy", maxBatch: 2, order);
        RecordingActor other = NewActor("other", maxBatch: 2, order);
        Tell(busy, "1", "2", "3", "4", "5");
        Tell(other, "o");
        _loop.RunUntilIdle();
        Assert.Equal(["1", "2", "end", "o", "end", "3", "4", "end", "5", "end"], order);
    }

    [Fact]
    public void An_idle_actor_asks_for_no_turn_and_a_busy_one_for_one()
    {
        RecordingActor actor = NewActor("a");
        Assert.Equal(0, _loop.Waiting);
        Tell(actor, "1", "2");
        Assert.Equal(1, _loop.Waiting);
        _loop.RunUntilIdle();
        Assert.Equal(0, _loop.Waiting);
        Assert.Equal(["1", "2", "end"], actor.Log);
    }

    [Fact]
    [Trait("Pitfall", "60")]
    [Trait("Seed", "7.2")]
    public void A_broken_invariant_stops_that_actor_alone_and_is_named()
    {
        RecordingActor faulty = NewActor("faulty");
        RecordingActor healthy = NewActor("healthy");
        faulty.On("bad", () => throw new InvariantViolationException("BoundaryLattice", "C fell behind A"));
        Tell(faulty, "good", "bad", "never");
        Tell(healthy, "1");
        _loop.RunUntilIdle();
        Tell(healthy, "2");
        _loop.RunUntilIdle();

        Assert.True(faulty.IsStopped);
        Assert.Equal(["good", "bad"], faulty.Log);
        Assert.False(healthy.IsStopped);
        Assert.Equal(["1", "end", "2", "end"], healthy.Log);
        ActorFailure failure = Assert.Single(_recorder.Failures);
        Assert.Equal("BoundaryLattice", failure.Invariant);
        Assert.Equal("faulty", failure.Actor.Value);
        Assert.Equal(_loop.Now, failure.At);
        Assert.Equal(1, _supervisor.Running);
        Assert.Empty(_loop.Faults);
    }

    [Fact]
    public void Any_other_exception_stops_the_actor_too_and_names_no_invariant()
    {
        RecordingActor actor = NewActor("a");
        actor.On("bad", () => throw new DivideByZeroException());
        Tell(actor, "bad");
        _loop.RunUntilIdle();
        Assert.True(actor.IsStopped);
        ActorFailure failure = Assert.Single(_supervisor.Failures);
        Assert.Null(failure.Invariant);
        Assert.IsType<DivideByZeroException>(failure.Fault);
    }

    [Fact]
    public void The_effects_of_a_batch_that_threw_are_not_interpreted()
    {
        RecordingActor actor = NewActor("a");
        actor.On("bad", () => throw new InvalidOperationException());
        Tell(actor, "collects an effect", "bad");
        _loop.RunUntilIdle();
        Assert.DoesNotContain("end", actor.Log);
    }

    [Fact]
    public void An_exception_at_the_end_of_a_batch_stops_the_actor()
    {
        RecordingActor actor = NewActor("a");
        actor.On("end", () => throw new InvalidOperationException());
        Tell(actor, "x");
        _loop.RunUntilIdle();
        Assert.True(actor.IsStopped);
        Assert.Single(_supervisor.Failures);
    }

    [Fact]
    public void A_stopped_actor_is_never_resumed()
    {
        RecordingActor actor = NewActor("a");
        actor.On("bad", () => throw new InvalidOperationException());
        Tell(actor, "bad");
        _loop.RunUntilIdle();

        Assert.False(actor.TryTell("again", MailClass.Request));
        actor.Signal("again");
        actor.Run();
        _loop.RunUntilIdle();
        Assert.Equal(["bad"], actor.Log);
        Assert.Equal(0, actor.Backlog);
        Assert.Single(_supervisor.Failures);
    }

    [Fact]
    public void A_turn_that_was_asked_for_before_the_stop_does_nothing()
    {
        RecordingActor actor = NewActor("a");
        Tell(actor, "x");
        actor.Stop();
        _loop.RunUntilIdle();
        Assert.Empty(actor.Log);
        Assert.Equal(0, _supervisor.Running);
        Assert.Empty(_supervisor.Failures);
    }

    [Fact]
    public void Stopping_inside_a_message_discards_the_rest_of_the_batch_and_its_effects()
    {
        RecordingActor actor = NewActor("a");
        actor.On("stop", actor.Stop);
        Tell(actor, "stop", "never");
        _loop.RunUntilIdle();
        Assert.Equal(["stop"], actor.Log);
        Assert.Equal(1, actor.Ends);
    }

    [Fact]
    public void One_signal_too_many_is_a_broken_invariant_of_the_actor_and_not_of_the_sender()
    {
        var actor = new RecordingActor(new ActorSettings(new ActorName("a"), _loop, _supervisor, new MailboxBounds(0, 0, 2), 10), []);
        actor.Signal("1");
        actor.Signal("2");
        actor.Signal("3");
        Assert.True(actor.IsStopped);
        Assert.Equal("MailboxBound", Assert.Single(_supervisor.Failures).Invariant);
    }

    [Fact]
    public void A_fault_while_an_actor_ends_is_recorded_beside_the_first_and_ends_it_once()
    {
        RecordingActor actor = NewActor("a");
        actor.On("bad", () => throw new InvalidOperationException("first"));
        actor.On("stopped", () => throw new InvalidOperationException("second"));
        Tell(actor, "bad");
        _loop.RunUntilIdle();
        Assert.Equal(["first", "second"], _supervisor.Failures.Select(failure => failure.Fault.Message));
        Assert.Equal(0, _supervisor.Running);
    }

    [Fact]
    public void A_faulty_listener_harms_neither_the_loop_nor_the_other_actors()
    {
        var supervisor = new Supervisor(new ThrowingListener());
        var faulty = new RecordingActor(ActorSettings.WithDefaults(new ActorName("faulty"), _loop, supervisor), []);
        var healthy = new RecordingActor(ActorSettings.WithDefaults(new ActorName("healthy"), _loop, supervisor), []);
        faulty.On("bad", () => throw new InvalidOperationException("actor"));
        Tell(faulty, "bad");
        Tell(healthy, "x");
        _loop.RunUntilIdle();
        Assert.Equal(["x", "end"], healthy.Log);
        Assert.Equal(["actor", "listener"], supervisor.Failures.Select(failure => failure.Fault.Message));
        Assert.Empty(_loop.Faults);
    }

    [Fact]
    [Trait("Pitfall", "58")]
    public void A_full_mailbox_refuses_and_loses_nothing_that_was_accepted()
    {
        var actor = new RecordingActor(new ActorSettings(new ActorName("a"), _loop, _supervisor, new MailboxBounds(2, 1, 1), 10), []);
        Assert.True(actor.TryTell("1", MailClass.Request));
        Assert.True(actor.TryTell("2", MailClass.Request));
        Assert.False(actor.TryTell("refused", MailClass.Request));
        Assert.True(actor.TryTell("3", MailClass.Peer));
        actor.Signal("4");
        _loop.RunUntilIdle();
        Assert.Equal(["1", "2", "3", "4", "end"], actor.Log);
    }

    private RecordingActor NewActor(string name, int maxBatch = 100, List<string>? log = null) =>
        new(new ActorSettings(new ActorName(name), _loop, _supervisor, MailboxBounds.Default, maxBatch), log ?? []);

    private static void Tell(RecordingActor actor, params string[] messages)
    {
        foreach (string message in messages)
        {
            Assert.True(actor.TryTell(message, MailClass.Request));
        }
    }

    private sealed class ThrowingListener : ISupervisionListener
    {
        public void ActorFailed(ActorFailure failure) => throw new InvalidOperationException("listener");
    }

    /// <summary>Writes down each message and each end of a batch, and does what the test wants on them.</summary>
    private sealed class RecordingActor(ActorSettings settings, List<string> log) : Actor<string>(settings)
    {
        private readonly Dictionary<string, Action> _reactions = [];

        public List<string> Log => log;
        public int Ends { get; private set; }

        public void On(string message, Action reaction) => _reactions[message] = reaction;

        protected override void Receive(string message)
        {
            log.Add(message);
            React(message);
        }

        protected override void EndOfBatch()
        {
            log.Add("end");
            React("end");
        }

        protected override void OnStopped(Exception? fault)
        {
            Ends++;
            React("stopped");
        }

        private void React(string message)
        {
            if (_reactions.TryGetValue(message, out Action? reaction))
            {
                reaction();
            }
        }
    }
}
