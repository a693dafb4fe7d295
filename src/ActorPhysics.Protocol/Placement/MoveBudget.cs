namespace ActorPhysics.Protocol.Placement;

/// <summary>What the limits still allow, after the moves under way and those of this plan.</summary>
internal sealed class MoveBudget(PlacementPolicy policy, int nodes)
{
    private readonly int[] _from = new int[nodes];
    private readonly int[] _to = new int[nodes];
    private int _moves;
    private long _bytes;
    private bool _closed;

    /// <summary>Whether a move was wanted that a limit held back.</summary>
    public bool IsThrottled { get; private set; }

    public bool IsExhausted => _closed || _moves >= policy.MostMoves;

    public bool CanReceive(int node) => _to[node] < policy.MostMovesToNode;

    public bool CanSend(int node, int moves = 1) => node == ClusterView.Nowhere || _from[node] + moves <= policy.MostMovesFromNode;

    /// <summary>Whether so many moves may begin together.</summary>
    public bool HasRoom(int moves, long bytes) => !_closed && _moves + moves <= policy.MostMoves && bytes <= policy.MostBytesUnderWay.Bytes - _bytes;

    public void Throttle() => IsThrottled = true;

    /// <summary>
    /// Whether so many bytes may be copied beside the others. The first that may not closes the budget, or small groups would pass a large one for ever.
    /// </summary>
    public bool Admits(long bytes)
    {
        if (_bytes > 0 && bytes > policy.MostBytesUnderWay.Bytes - _bytes)
        {
            _closed = IsThrottled = true;
        }

        return !_closed;
    }

    public void Spend(int sender, int receiver, long bytes)
    {
        _moves++;
        _bytes += bytes;
        if (sender != ClusterView.Nowhere)
        {
            _from[sender]++;
        }

        if (receiver != ClusterView.Nowhere)
        {
            _to[receiver]++;
        }
    }
}
