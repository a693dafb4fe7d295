using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests.Fakes;

/// <summary>
/// A fake cluster whose config group decides by the real rules. Nobody carries the decisions out but the test: by <see cref="Step"/>, or by itself with every
/// question that is asked when <see cref="IsDiligent"/>.
/// </summary>
internal sealed class FakeControl : IAsyncDisposable
{
    public static readonly GroupId ConfigGroup = FakeCluster.Group;

    private readonly Lock _gate = new();
    private readonly Dictionary<(SessionId, CommandSequence), byte[]> _results = [];
    private ulong _entries;

    /// <param name="nodes">How many nodes are registered.</param>
    public FakeControl(int nodes = 5)
    {
        Cluster = new FakeCluster { Intercept = Handle };
        for (ulong node = 1; node <= (ulong)nodes; node++)
        {
            Decide(new RegisterNode(new NodeId(node), $"n{node}", $"127.0.0.1:{7100 + node}", default, 1));
        }
    }

    public FakeCluster Cluster { get; }

    public ConfigState State { get; private set; } = ConfigState.Empty;

    /// <summary>Whether one step of what is under way is done with every question.</summary>
    public bool IsDiligent { get; set; }

    /// <summary>Sees commands first; true when it has dealt with them.</summary>
    public Func<FakeCall, bool> Intercept { get; set; } = _ => false;

    public Task<ActorPhysicsClient> ConnectAsync(TimeSpan? requestTimeout = null) =>
        Cluster.ConnectAsync(o => o with { ConfigGroup = ConfigGroup, RequestTimeout = requestTimeout ?? o.RequestTimeout });

    public ConfigResult Decide(ConfigCommand command)
    {
        lock (_gate)
        {
            _entries++;
            var place = new CommandPlace(new Coordinate(ConfigGroup, ConfigEpoch.Founding, new LeaderEpoch(1), new LogIndex(_entries)), default);
            (State, ConfigResult result) = State.Apply(command, place);
            return result;
        }
    }

    /// <summary>Does the next thing that is due; false when nothing is.</summary>
    public bool Step()
    {
        lock (_gate)
        {
            return Next() is { } command && Decide(command).Outcome == ConfigOutcome.Done;
        }
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private ConfigCommand? Next()
    {
        foreach (GroupRecord group in State.Groups.Values)
        {
            switch (group)
            {
                case { Stage: GroupStage.Founding }:
                    return new NoteServing(group.Group);
                case { Stage: GroupStage.Retiring }:
                    return new ForgetGroup(group.Group);
                case { Move: { Move: ReplaceReplica replace } move }:
                    return new FinishMove(group.Group, move.Id, Groups.Replaced(group.Configuration, replace.From, replace.To), null);
            }
        }

        foreach (Handoff handoff in State.Handoffs.Values)
        {
            return handoff.Stage switch
            {
                HandoffStage.Founding => new NoteServing(handoff.Taker),
                HandoffStage.Freezing => new NoteFrozen(
                    handoff.Id, new HandoffFreeze(new Coordinate(handoff.Giver, ConfigEpoch.Founding, new LeaderEpoch(1), new LogIndex(7)), new byte[] { 1 }, 1, 1)),
                HandoffStage.Carrying => new PublishHandoff(handoff.Id),
                HandoffStage.Releasing => new FinishHandoff(handoff.Id),
                _ => null,
            };
        }

        return null;
    }

    private bool Handle(FakeCall call)
    {
        if (Intercept(call))
        {
            return true;
        }

        if (call.CommandKind != CommandKind.User || call.Node != Cluster.Leader)
        {
            return false;
        }

        if (call.Kind == RequestKind.Read)
        {
            Assert.True(ConfigCodec.TryRead(call.Payload, out ConfigQuery? query, out string? refusal), refusal);
            lock (_gate)
            {
                if (IsDiligent)
                {
                    Step();
                }

                call.Succeed(ConfigCodec.Encode(State.Answer(query)));
            }

            return true;
        }

        call.Answer(new ClientResponse { RequestId = call.Id, Result = ResultOf(call), Level = ConsistencyLevel.StrongWrite });
        return true;
    }

    private byte[] ResultOf(FakeCall call)
    {
        lock (_gate)
        {
            if (!_results.TryGetValue((call.Session, call.Sequence), out byte[]? result))
            {
                Assert.True(ConfigCodec.TryRead(call.Payload, out ConfigCommand? command, out string? refusal), refusal);
                _results[(call.Session, call.Sequence)] = result = ConfigCodec.Encode(Decide(command));
            }

            return result;
        }
    }
}
