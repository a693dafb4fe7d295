using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Reads;

namespace ActorPhysics.Protocol.Tests.Harness;

internal enum RequestKind
{
    Write,
    Read,
    Transfer,
    Membership,
}

/// <summary>How a request stands, as its client sees it.</summary>
internal enum Outcome
{
    Pending,
    Done,
    Refused,

    /// <summary>The replica that was asked died: its client knows nothing.</summary>
    HostDied,
}

/// <summary>One client's request and what came of it.</summary>
internal sealed class ClientRequest(RequestKind kind, string name, ReplicaId askedOf, ReadLevel level, LogIndex acknowledgedBefore)
{
    public RequestKind Kind { get; } = kind;

    /// <summary>For a write also the command itself.</summary>
    public string Name { get; } = name;
    public ReplicaId AskedOf { get; } = askedOf;
    public ReadLevel Level { get; } = level;

    /// <summary>The highest write that some client knew to be done when this request was made: a linearizable read must observe it.</summary>
    public LogIndex AcknowledgedBefore { get; } = acknowledgedBefore;
    public Outcome Outcome { get; set; }
    public Refusal? Refusal { get; set; }
    public LogIndex AnsweredAt { get; set; }
    public IReadOnlyList<string> Values { get; set; } = [];
}

/// <summary>All requests of all clients. Invariant: a request ends once.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<RequestToken, ClientRequest> _byToken = [];
    private readonly Dictionary<string, ClientRequest> _byName = [];

    /// <summary>The highest write that was answered to a client.</summary>
    public LogIndex AcknowledgedThrough { get; private set; }

    public IEnumerable<ClientRequest> All => _byToken.Values;

    public ClientRequest this[string name] => _byName[name];

    public RequestToken Open(RequestKind kind, string name, ReplicaId askedOf, ReadLevel level = ReadLevel.Strong)
    {
        var token = new RequestToken(askedOf.Value, (ulong)_byToken.Count);
        var request = new ClientRequest(kind, name, askedOf, level, AcknowledgedThrough);
        _byToken.Add(token, request);
        _byName[name] = request;
        return token;
    }

    public ClientRequest Complete(RequestToken token, LogIndex at)
    {
        ClientRequest request = End(token, Outcome.Done);
        request.AnsweredAt = at;
        if (request.Kind == RequestKind.Write)
        {
            AcknowledgedThrough = LogIndex.Max(AcknowledgedThrough, at);
        }

        return request;
    }

    public void Refuse(RequestToken token, Refusal refusal) => End(token, Outcome.Refused).Refusal = refusal;

    public void HostDied(ReplicaId host)
    {
        foreach (ClientRequest request in _byToken.Values.Where(request => request.AskedOf == host && request.Outcome == Outcome.Pending))
        {
            request.Outcome = Outcome.HostDied;
        }
    }

    private ClientRequest End(RequestToken token, Outcome outcome)
    {
        ClientRequest request = _byToken[token];
        Invariant.Require(request.Outcome == Outcome.Pending, "RequestEndsOnce", $"{request.Kind} {request.Name} is {request.Outcome}, now {outcome}");
        request.Outcome = outcome;
        return request;
    }
}
