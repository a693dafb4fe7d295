using System.Threading.Tasks.Sources;
using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Routing;
using ActorPhysics.Client.Sessions;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Requests;

/// <summary>
/// A request from the moment it is accepted until its caller has taken the outcome; then the object serves the next one. Everything but
/// the completion is guarded by <see cref="ClientCore.Gate"/>. Invariant: whoever takes a request out of the <see cref="PendingTable"/>,
/// under the gate, is the only one to complete it.
/// </summary>
internal sealed class PendingRequest : IValueTaskSource<Reply<ReadOnlyMemory<byte>>>
{
    private readonly PendingRequestPool _pool;
    private ManualResetValueTaskSourceCore<Reply<ReadOnlyMemory<byte>>> _completion;
    private Reply<ReadOnlyMemory<byte>> _reply;
    private Exception? _failure;

    public PendingRequest(PendingRequestPool pool, bool inlineContinuations)
    {
        _pool = pool;
        _completion.RunContinuationsAsynchronously = !inlineContinuations;
    }

    // What is asked.
    public RequestKind Kind;
    public CommandKind CommandKind;
    public ReadLevel ReadLevel;
    public NodeId TransferTarget;
    public bool WithStateHash;
    public GroupId Group;

    /// <summary>The caller's memory, left alone by the caller until the outcome is there.</summary>
    public ReadOnlyMemory<byte> Payload;

    /// <summary>The space whose key it names; null for a request to a group.</summary>
    public SpaceRoute? Space;

    /// <summary>The key that decides which group it belongs to; the caller's memory, as the payload.</summary>
    public ReadOnlyMemory<byte> Key;

    /// <summary>For a read of many keys, which are those of one shard: the encoded range that its group must own. It never goes to another group.</summary>
    public ReadOnlyMemory<byte> Scope;

    /// <summary>The nonce of an open command.</summary>
    public SessionNonce Nonce;

    /// <summary>The session that makes the command apply once; null for everything else.</summary>
    public ClientSession? Session;
    public CommandSequence Sequence;

    // How long.
    public MonotonicTime Deadline;
    public CancellationToken Cancellation;
    public CancellationTokenRegistration Registration;

    /// <summary>Whether the client asks for itself; set by the table.</summary>
    public bool IsInternal;

    // Where it is.
    public int Slot = -1;
    public RequestId AttemptId;

    /// <summary>The list it waits in; null between lists.</summary>
    public RequestList? List;
    public PendingRequest? Previous;
    public PendingRequest? Next;

    /// <summary>What must serve it, unless it belongs to one connection.</summary>
    public RouteKind RouteKind;

    /// <summary>Who finds the node to ask; null for a request that belongs to one connection.</summary>
    public GroupRoute? Route;

    /// <summary>The connection that carries the current attempt.</summary>
    public NodeConnection? Connection;
    public MonotonicTime SentAt;

    /// <summary>For a postponed request: when it is tried again.</summary>
    public MonotonicTime NotBefore;

    // What happened so far.
    /// <summary>How often it was handed to a connection.</summary>
    public int Attempts;

    /// <summary>How many of those have neither been answered nor are known to have had no effect.</summary>
    public int OpenAttempts;
    public int OverloadRetries;
    public int Postponements;

    /// <summary>The group that does not own the key, or is gone, while a newer map is waited for.</summary>
    public GroupId RefusedBy;

    /// <summary>How many groups have sent it on to another one without a pause.</summary>
    public int Redirects;

    /// <summary>Since when it waits for the end of a handoff; <c>default</c> when it does not.</summary>
    public MonotonicTime HeldUpSince;
    public string LastTrouble = string.Empty;

    public short Version => _completion.Version;

    public ValueTask<Reply<ReadOnlyMemory<byte>>> Task => new(this, _completion.Version);

    /// <summary>Whether a session must number it before it may be sent.</summary>
    public bool NeedsSequence => Kind == RequestKind.Command && CommandKind == CommandKind.User && Sequence == default;

    /// <summary>What went wrong last, for people; empty when nothing did.</summary>
    public string Trouble => LastTrouble.Length > 0 ? LastTrouble : Route?.LastTrouble ?? Space?.LastTrouble ?? string.Empty;

    /// <summary>Whether giving up now leaves it open what becomes of it.</summary>
    public bool MayTakeEffect => (Kind is RequestKind.Command or RequestKind.ChangeMembership) && OpenAttempts > 0;

    /// <summary>Notes the outcome, under the gate; <see cref="Complete"/> follows outside it.</summary>
    public void Succeed(in Reply<ReadOnlyMemory<byte>> reply) => _reply = reply;

    /// <summary>As <see cref="Succeed"/>.</summary>
    public void Fail(Exception failure) => _failure = failure;

    /// <summary>Hands the noted outcome to the caller, whose code may run before this returns: never under the gate.</summary>
    public void Complete()
    {
        // Not Dispose: that would wait for a cancellation callback which waits for the gate.
        Registration.Unregister();
        if (_failure is { } failure)
        {
            _completion.SetException(failure);
        }
        else
        {
            _completion.SetResult(_reply);
        }
    }

    public Reply<ReadOnlyMemory<byte>> GetResult(short token)
    {
        bool whole = _completion.GetStatus(token) != ValueTaskSourceStatus.Pending;
        try
        {
            return _completion.GetResult(token);
        }
        finally
        {
            if (whole)
            {
                Reset();
                _pool.Return(this);
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    private void Reset()
    {
        _completion.Reset();
        _reply = default;
        _failure = null;
        Kind = default;
        CommandKind = default;
        ReadLevel = default;
        TransferTarget = default;
        WithStateHash = false;
        Group = default;
        Payload = default;
        Space = null;
        Key = default;
        Scope = default;
        Nonce = default;
        Session = null;
        Sequence = default;
        Deadline = default;
        Cancellation = default;
        Registration = default;
        RouteKind = default;
        Route = null;
        Connection = null;
        Attempts = 0;
        OpenAttempts = 0;
        OverloadRetries = 0;
        Postponements = 0;
        RefusedBy = default;
        Redirects = 0;
        HeldUpSince = default;
        LastTrouble = string.Empty;
    }
}

/// <summary>Keeps a bounded number of request objects for reuse.</summary>
internal sealed class PendingRequestPool(bool inlineContinuations)
{
    private const int Kept = 1024;

    private readonly Lock _gate = new();
    private readonly Stack<PendingRequest> _free = new(64);

    public PendingRequest Rent()
    {
        lock (_gate)
        {
            if (_free.TryPop(out PendingRequest? request))
            {
                return request;
            }
        }

        return new PendingRequest(this, inlineContinuations);
    }

    public void Return(PendingRequest request)
    {
        lock (_gate)
        {
            if (_free.Count < Kept)
            {
                _free.Push(request);
            }
        }
    }
}
