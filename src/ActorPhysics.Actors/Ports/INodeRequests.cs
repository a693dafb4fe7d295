using System.Text;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Ports;

/// <summary>
/// Asks other nodes what clients can ask, and what only nodes ask each other. Requests to the own node take the same door. Used on the loop only.
/// </summary>
public interface INodeRequests
{
    /// <summary>Sends a request, or refuses it at once when too many to that node are under way.</summary>
    /// <param name="node">Whom to ask.</param>
    /// <param name="group">The group that it is about; <c>default</c> for the node itself.</param>
    /// <param name="kind">What is asked.</param>
    /// <param name="operation">The encoded operation; it may be reused when this returns.</param>
    /// <param name="patience">How long an answer is waited for.</param>
    /// <param name="answer">
    /// Called exactly once, on the loop, never from within this call: with what the node answered, with <see cref="ResponseOutcome.Unavailable"/> or
    /// <see cref="ResponseOutcome.Overloaded"/> when nothing was sent, or with <see cref="ResponseOutcome.Unknown"/> when the connection was lost or the
    /// patience ended first: then it may have been done, or be done yet.
    /// </param>
    void Ask(NodeId node, GroupId group, RequestKind kind, ReadOnlySpan<byte> operation, TimeSpan patience, Action<PeerAnswer> answer);
}

/// <summary>What became of a request to a node.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Result">What the request asked for; empty for most.</param>
/// <param name="Detail">One line for people.</param>
public sealed record PeerAnswer(ResponseOutcome Outcome, ReadOnlyMemory<byte> Result, string Detail)
{
    public bool IsDone => Outcome == ResponseOutcome.Ok;

    /// <summary>Where a command took effect; <c>default</c> for other answers.</summary>
    public Coordinate Coordinate { get; init; }

    /// <summary>The frontier consulted.</summary>
    public Coordinate Frontier { get; init; }

    /// <summary>The certificate that covers <see cref="Coordinate"/>, encoded; empty for none.</summary>
    public ReadOnlyMemory<byte> Proof { get; init; }

    /// <summary>Who leads the group, as far as the answering node knows.</summary>
    public LeaderHint Leader { get; init; }

    /// <summary>Where that leader is reached, as <c>host:port</c>; empty when not known.</summary>
    public string LeaderAddress { get; init; } = "";

    /// <summary>How long the answering node would have the asker wait; zero when it has no opinion.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>What a node responded.</summary>
    /// <param name="response">Its texts and results are copied.</param>
    /// <param name="proof">Kept as it is.</param>
    public static PeerAnswer Of(in ClientResponse response, ReadOnlyMemory<byte> proof) =>
        new(response.Outcome, response.Result.ToArray(), Encoding.UTF8.GetString(response.Detail))
        {
            Coordinate = response.Coordinate,
            Frontier = response.Frontier,
            Proof = proof,
            Leader = new LeaderHint(response.LeaderNode, response.LeaderEpoch),
            LeaderAddress = Encoding.UTF8.GetString(response.LeaderAddress),
            RetryAfter = TimeSpan.FromMilliseconds(response.RetryAfterMs),
        };

    /// <summary>Nothing was sent, or nobody answered.</summary>
    public static PeerAnswer Failed(ResponseOutcome outcome, string detail) => new(outcome, default, detail);
}
