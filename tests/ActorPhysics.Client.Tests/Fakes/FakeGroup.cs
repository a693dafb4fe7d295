using System.Buffers;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Client.Tests.Fakes;

/// <summary>One group of a fake space: the kv machine in a few lines, real exactly-once, and a range of keys that it owns.</summary>
internal sealed class FakeGroup(GroupId id, FakeNode leader, ShardingKind kind)
{
    private readonly Dictionary<ulong, SessionId> _byNonce = [];
    private readonly HashSet<SessionId> _live = [];
    private readonly Dictionary<(SessionId, CommandSequence), byte[]> _results = [];
    private readonly SortedDictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private ulong _entries;

    public GroupId Id { get; } = id;

    /// <summary>Null while there is none.</summary>
    public FakeNode? Leader { get; set; } = leader;
    public KeyRange? Owned { get; set; }
    public ShardMapVersion Since { get; set; }
    public List<KeyWent> Given { get; } = [];

    /// <summary>The values that were put, in order: a value is there twice when a command took effect twice.</summary>
    public List<string> Log { get; } = [];

    public int Sessions => _live.Count;

    /// <summary>The giver's half of a handoff: from here on it does not own the range.</summary>
    public FakeParcel HandOut(KeyRange range, KeyRange? rest, GroupId taker, ShardMapVersion version)
    {
        Owned = rest;
        Since = version;
        Given.Insert(0, new KeyWent(range, taker, version));
        var moved = _values.Where(each => range.Contains(PointOf(Encoding.UTF8.GetBytes(each.Key)))).ToDictionary();
        foreach (string key in moved.Keys)
        {
            _values.Remove(key);
        }

        return new FakeParcel(range, version, moved, [.. _live], new(_results));
    }

    /// <summary>The taker's half: from here on it owns the range.</summary>
    public void TakeIn(FakeParcel parcel, KeyRange owned)
    {
        Owned = owned;
        Since = parcel.Version;
        _live.UnionWith(parcel.Sessions);
        foreach ((string key, byte[] value) in parcel.Values)
        {
            _values.Add(key, value);
        }

        foreach (((SessionId, CommandSequence) command, byte[] result) in parcel.Results)
        {
            _results.TryAdd(command, result);
        }
    }

    public void ExpireSessions()
    {
        _live.Clear();
        _byNonce.Clear();
    }

    public (ResponseOutcome Outcome, byte[] Result) Apply(FakeCall call)
    {
        _entries++;
        switch (call.CommandKind)
        {
            case CommandKind.OpenSession:
                if (!_byNonce.TryGetValue(call.Session.Value, out SessionId session))
                {
                    session = new SessionId((Id.Value << 32) + (ulong)_byNonce.Count + 1);
                    _byNonce.Add(call.Session.Value, session);
                    _live.Add(session);
                }

                var output = new ArrayBufferWriter<byte>();
                new SessionOpened(session, 1024, 1_800_000).WriteTo(output);
                return (ResponseOutcome.Ok, output.WrittenSpan.ToArray());
            case CommandKind.User when _live.Contains(call.Session) && _results.TryGetValue((call.Session, call.Sequence), out byte[]? first):
                return (ResponseOutcome.Ok, first);
            case CommandKind.User when !Owns(KeyOf(call)):
                // Before the session is looked for: where the key is, the session is.
                return Refusal(KeyOf(call));
            case CommandKind.User when !_live.Contains(call.Session) || call.Sequence <= call.CompletedThrough:
                return (ResponseOutcome.SessionExpired, []);
            case CommandKind.User:
                return Put(call);
            default:
                return (ResponseOutcome.Ok, []);
        }
    }

    public (ResponseOutcome Outcome, byte[] Result) Answer(FakeCall call)
    {
        Assert.True(KvRequest.TryRead(call.Payload, out KvRequest query, out string? refusal), refusal);
        var output = new ArrayBufferWriter<byte>();
        if (query.Operation == KvOperation.Range)
        {
            if (call.Scope is null || call.Scope != Owned)
            {
                return Refusal(null);
            }

            AnswerRange(query, output);
        }
        else if (!Owns(query.Key))
        {
            return Refusal(query.Key);
        }
        else if (_values.TryGetValue(Encoding.UTF8.GetString(query.Key), out byte[]? value))
        {
            KvResults.Write(output, KvOutcome.Found, default, value);
        }
        else
        {
            KvResults.Write(output, KvOutcome.NotFound, default);
        }

        return (ResponseOutcome.Ok, output.WrittenSpan.ToArray());
    }

    private (ResponseOutcome Outcome, byte[] Result) Put(FakeCall call)
    {
        Assert.True(KvRequest.TryRead(call.Payload, out KvRequest put, out string? refusal), refusal);
        _values[Encoding.UTF8.GetString(put.Key)] = put.Value.ToArray();
        Log.Add(Encoding.UTF8.GetString(put.Value));
        var output = new ArrayBufferWriter<byte>();
        KvResults.Write(output, KvOutcome.Stored, new ValueVersion(new LogIndex(_entries), default));
        byte[] result = output.WrittenSpan.ToArray();
        _results.Add((call.Session, call.Sequence), result);
        return (ResponseOutcome.Ok, result);
    }

    private void AnswerRange(in KvRequest query, IBufferWriter<byte> output)
    {
        string from = Encoding.UTF8.GetString(query.Key), to = Encoding.UTF8.GetString(query.To), prefix = Encoding.UTF8.GetString(query.Prefix);
        KeyValuePair<string, byte[]>[] found =
        [
            .. _values.Where(each => string.CompareOrdinal(each.Key, from) >= 0
                && (to.Length == 0 || string.CompareOrdinal(each.Key, to) < 0) && each.Key.StartsWith(prefix, StringComparison.Ordinal)),
        ];
        int most = (int)query.Limit;
        KvResults.BeginRange(output);
        foreach ((string key, byte[] value) in found.Take(most))
        {
            KvResults.WriteItem(output, Encoding.UTF8.GetBytes(key), default, value);
        }

        KvResults.EndRange(output, found.Length > most);
    }

    private (ResponseOutcome Outcome, byte[] Result) Refusal(ReadOnlySpan<byte> key)
    {
        KeyWent? given = null;
        foreach (KeyWent went in Given)
        {
            if (given is null && went.Range.Contains(PointOf(key)))
            {
                given = went;
            }
        }

        return (ResponseOutcome.WrongShard, new WrongShard(Owned, Since, given).Encode());
    }

    private static byte[] KeyOf(FakeCall call)
    {
        Assert.True(KvRequest.TryRead(call.Payload, out KvRequest request, out string? refusal), refusal);
        return request.Key.ToArray();
    }

    private bool Owns(ReadOnlySpan<byte> key) => Owned is { } owned && owned.Contains(PointOf(key));

    private KeyPoint PointOf(ReadOnlySpan<byte> key) => KeyPoint.Of(kind, new SpaceKey([.. key]));
}

/// <summary>What travels with keys.</summary>
internal sealed record FakeParcel(
    KeyRange Range, ShardMapVersion Version, Dictionary<string, byte[]> Values, List<SessionId> Sessions, Dictionary<(SessionId, CommandSequence), byte[]> Results);
