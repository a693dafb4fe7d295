using System.Text;
using System.Text.Json;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.Tests.StateMachines.Handoffs;

/// <summary>How a command ended, in memory of its own.</summary>
internal sealed record Told(CommandStatus Status, bool Repeated, CommandPlace Place, byte[] Result)
{
    public HandoffAnswer Handoff => HandoffAnswer.TryDecode(Result, out HandoffAnswer? answer) ? answer : throw new InvalidDataException(Encoding.UTF8.GetString(Result));
    public WrongShard WrongShard => ActorPhysics.Wire.Space.WrongShard.TryDecode(Result, out WrongShard? answer) ? answer : throw new InvalidDataException("no WrongShard");
    public string Text => Encoding.UTF8.GetString(Result);
}

/// <summary>One replica of a group of a space, with its log: each command becomes the next entry.</summary>
internal sealed class ShardReplica(StateMachineDefinition definition, GroupId group, KeysAtBirth? keys, SessionLimits? limits = null)
{
    public static readonly SpaceId Space = new(5);

    private readonly AppliedBatch _batch = new();

    public GroupId Group { get; } = group;
    public GroupIncarnation Incarnation { get; } = new(group.Value + 1000);
    public HandoffParty Party => new(Group, Incarnation);
    public ReplicatedState State { get; private set; } = new(definition, group, limits ?? SessionLimits.Default, keys);
    public ConfigEpoch ConfigEpoch { get; set; } = ConfigEpoch.Founding;
    public ulong Now { get; set; }
    public KeyOwnership Ownership => State.Ownership!;

    /// <summary>Every entry so far, for another replica to apply.</summary>
    public List<(Coordinate At, LogTime Time, byte[] Commands)> Log { get; } = [];

    public static KeysAtBirth Keys(KeyRange? range, ShardingKind kind = ShardingKind.Ordered) => new(Space, kind, ShardMapVersion.Founding, range);

    public static KeyRange Range(string? from, string? to) => KeyRange.TryCreate(
        from is null ? null : KeyPoint.At(SpaceKey.OfText(from)), to is null ? null : KeyPoint.At(SpaceKey.OfText(to)))!.Value;

    public Told Apply(in CommandView command)
    {
        var writer = new CommandBatchWriter();
        writer.Add(command);
        var at = new Coordinate(Group, ConfigEpoch, new LeaderEpoch(1), State.Applied.Index.Next);
        Log.Add((at, new LogTime(Now), writer.WrittenSpan.ToArray()));
        State.ApplyCommands(at, new LogTime(Now), writer.WrittenSpan, _batch);
        AppliedCommand outcome = _batch[EntryOrdinal.First];
        return new Told(outcome.Status, outcome.Repeated, outcome.Place, outcome.Result.ToArray());
    }

    public Told Apply(CommandKind kind, byte[] payload) => Apply(new CommandView { Kind = kind, Payload = payload });

    public Told Note(string key, int operation, SessionId session = default, ulong sequence = 0, ulong completedThrough = 0) => Apply(new CommandView
    {
        Session = session,
        Sequence = new CommandSequence(sequence),
        CompletedThrough = new CommandSequence(completedThrough),
        Payload = JsonSerializer.SerializeToUtf8Bytes(new Note(key, operation), JsonPayload.Strict),
    });

    public SessionId Open(ulong nonce)
    {
        Told told = Apply(new CommandView { Kind = CommandKind.OpenSession, Session = new SessionId(nonce) });
        Assert.True(SessionOpened.TryRead(told.Result, out SessionOpened opened));
        return opened.Session;
    }

    public HandOut Order(ulong id, KeyRange range, ShardReplica taker, ulong version) =>
        new(new HandoffId(id), Space, ConfigEpoch, range, taker.Party, new ShardMapVersion(version));

    public Told HandOut(HandOut order) => Apply(CommandKind.HandOut, HandoffCodec.Encode(order));

    public Told Release(ulong id) => Apply(CommandKind.Release, HandoffCodec.Encode(new Release(new HandoffId(id))));

    public Told TakeIn(TakeIn order, ReadOnlySpan<byte> piece) => Apply(CommandKind.TakeIn, HandoffCodec.Encode(order, piece));

    /// <summary>The order for the taker of what this group handed out, at an offset.</summary>
    public TakeIn Carry(HandOut order, long offset = 0) =>
        new(order.Id, order.Space, order.Range, Party, order.Version, Ownership.FindGiven(order.Id)!.Value.Seal, offset);

    public byte[] Parcel(HandOut order)
    {
        var bytes = new List<byte>();
        while (State.TryReadParcel(order.Id, bytes.Count, int.MaxValue, out ReadOnlyMemory<byte> piece) && !piece.IsEmpty)
        {
            bytes.AddRange(piece.Span);
        }

        return [.. bytes];
    }

    /// <summary>Hands a range to the taker, whole and at once.</summary>
    public HandOut Give(ulong id, KeyRange range, ShardReplica taker, ulong version)
    {
        HandOut order = Order(id, range, taker, version);
        Assert.Equal("", HandOut(order).Handoff.Reason);
        HandoffAnswer answer = taker.TakeIn(Carry(order), Parcel(order)).Handoff;
        Assert.Equal((HandoffRefusal.None, true), (answer.Refusal, answer.IsOwned));
        Assert.False(Release(id).Handoff.IsRefused);
        return order;
    }

    public (QueryOutcome Outcome, string Answer) Ask(string? key, KeyRange? scope = null)
    {
        using var answer = new PooledBuffer();
        QueryOutcome outcome = State.Query(JsonSerializer.SerializeToUtf8Bytes(new AskNotes(key), JsonPayload.Strict), scope, answer);
        return (outcome, outcome == QueryOutcome.Answered ? JsonSerializer.Deserialize<string>(answer.WrittenSpan)! : "");
    }

    public byte[] Snapshot()
    {
        using var stream = new MemoryStream();
        using ReplicatedStateCapture capture = State.Capture(default);
        capture.WriteTo(stream);
        return stream.ToArray();
    }

    /// <summary>The process dies and comes back from its snapshot.</summary>
    public void Restart()
    {
        StateDigest before = State.Digest;
        byte[] snapshot = Snapshot();
        State = ReplicatedState.Restore(definition, new MemoryStream(snapshot), out _);
        Assert.Equal(before, State.Digest);
        Assert.Equal(snapshot, Snapshot());
    }
}
