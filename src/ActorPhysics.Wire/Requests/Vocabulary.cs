using System.Globalization;

namespace ActorPhysics.Wire.Requests;

/// <summary>Matches a response to its request on one connection. <c>default</c> is no request.</summary>
public readonly record struct RequestId(ulong Value) : IComparable<RequestId>
{
    public int CompareTo(RequestId other) => Value.CompareTo(other.Value);
    public RequestId Next => new(unchecked(Value + 1));
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a request asks for; the numbers are the field numbers in client.proto.</summary>
public enum RequestKind
{
    /// <summary>Of a newer client, or nothing at all: refused as a bad request.</summary>
    Unknown = 0,
    Command = 4,
    Read = 5,
    Status = 6,
    TransferLeadership = 7,
    ChangeMembership = 8,
    HostReplica = 9,
    DiscardReplica = 10,
    RetireGroup = 11,
    NodeReport = 12,
    FetchHandoff = 13,
    ReadParcel = 14,
    RecoverGroup = 15,
    GroupRecovered = 16,
}

/// <summary>The rows of the read/write matrix (seed §5.4) that a reply can belong to.</summary>
public enum ConsistencyLevel
{
    /// <summary>Not an answer from the history, such as a status or a refusal.</summary>
    None = 0,

    /// <summary>Linearizable write, acknowledged under a commit certificate.</summary>
    StrongWrite = 1,

    /// <summary>Linearizable read under a read-index certificate.</summary>
    StrongRead = 2,

    /// <summary>Linearizable read under a lease certificate: it holds while clocks drift less than the bound that the certificate states.</summary>
    LeaseRead = 3,

    /// <summary>What one replica had applied; perhaps stale.</summary>
    FollowerRead = 4,

    /// <summary>What one replica had applied, within the lag that the reader allowed.</summary>
    BoundedStaleness = 5,

    /// <summary>The newest durable frontier in a set of replicas that intersects every commit quorum.</summary>
    QuorumRead = 6,
}

/// <summary>How a request ended; client.proto says what each means for the log.</summary>
public enum ResponseOutcome
{
    Ok = 0,
    NotLeader = 1,
    Overloaded = 2,
    Unknown = 3,
    SessionExpired = 4,
    TooLarge = 5,
    Unavailable = 6,
    BadRequest = 7,
    TimedOut = 8,
    NoSuchGroup = 9,
    TooStale = 10,
    NotAuthorized = 11,
    Refused = 12,
    SessionWindowFull = 13,
    ResultTooLarge = 14,
    NoLease = 15,
    ConfigurationConflict = 16,
    WrongShard = 17,
}

/// <summary>Names a proof within the frame that carries it. <c>default</c> is none.</summary>
public readonly record struct ProofReference(uint Value)
{
    public bool IsNone => Value == 0;
}
