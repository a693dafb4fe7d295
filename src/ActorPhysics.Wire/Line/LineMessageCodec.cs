using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Line;

/// <summary>
/// Messages between replicas as frames of kind <see cref="FrameKind.LineMessages"/>. What is decoded is a claim: it becomes a message only
/// through a gateway that knows who sent the frame.
/// </summary>
public static class LineMessageCodec
{
    private const int MessagesField = 1;

    /// <summary>Appends a message to the open frame, or to a new one when it does not fit.</summary>
    /// <exception cref="Buffers.BufferLimitException">No frame can hold the message.</exception>
    public static void Write(FrameWriter frames, LineMessage message)
    {
        ArgumentNullException.ThrowIfNull(frames);
        Protos.LineMessage encoded = ToMessage(message);
        int size = encoded.CalculateSize();
        int bytes = ProtoSize.Delimited(MessagesField, size);
        frames.Reserve(FrameKind.LineMessages, bytes);
        Span<byte> room = frames.Output.GetSpan(bytes)[..bytes];
        int header = bytes - size;
        var writer = new ProtoWriter(room);
        writer.Delimiter(MessagesField, size);
        encoded.WriteTo(room[header..]);
        frames.Output.Advance(bytes);
    }

    /// <summary>Reads the messages of a frame's body.</summary>
    /// <param name="configurationsOf">The configurations of a group hosted here; messages of other groups concern nobody.</param>
    /// <returns>False when the body is malformed: close the connection.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> body, Func<GroupId, ConfigurationTrail?> configurationsOf, List<Unverified<LineMessage>> messages, [NotNullWhen(false)] out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(configurationsOf);
        ArgumentNullException.ThrowIfNull(messages);
        if (!GeneratedMessages.TryParse(Protos.LineMessages.Parser, body, out Protos.LineMessages? batch))
        {
            refusal = "the frame's body holds no line messages";
            return false;
        }

        foreach (Protos.LineMessage message in batch.Messages)
        {
            var group = new GroupId(message.Group);
            if (configurationsOf(group) is not { } configurations)
            {
                // A group that does not live here, or no more: its message concerns nobody.
                continue;
            }

            if (FromMessage(message, configurations) is not { } decoded)
            {
                refusal = $"a message of kind {message.BodyCase} for {group} is malformed or unknown";
                return false;
            }

            messages.Add(new Unverified<LineMessage>(decoded));
        }

        refusal = null;
        return true;
    }

    private static Protos.LineMessage ToMessage(LineMessage message)
    {
        Envelope envelope = message.Envelope;
        var encoded = new Protos.LineMessage
        {
            Group = envelope.Group.Value,
            Incarnation = envelope.Incarnation.Value,
            From = envelope.From.Value,
            FromRun = envelope.FromRun.Value,
            To = envelope.To.Value,
            Epoch = envelope.Epoch.Value,
        };
        switch (message)
        {
            case AppendEntries append:
                encoded.AppendEntries = new Protos.AppendEntries
                {
                    Previous = EvidenceMapping.ToMessage(append.Previous),
                    Commit = EvidenceMapping.ToMessage(append.Commit),
                };
                EntryMapping.AddTo(encoded.AppendEntries.Entries, append.Entries);
                break;
            case AppendAccepted accepted:
                encoded.AppendAccepted = new Protos.AppendAccepted { Matched = accepted.Matched.Value };
                break;
            case AppendConflict conflict:
                encoded.AppendConflict = new Protos.AppendConflict
                {
                    Refused = EvidenceMapping.ToMessage(conflict.Refused),
                    Hint = EvidenceMapping.ToMessage(conflict.Hint),
                };
                break;
            case Heartbeat heartbeat:
                encoded.Heartbeat = new Protos.Heartbeat { Round = heartbeat.Round.Value, Commit = EvidenceMapping.ToMessage(heartbeat.Commit) };
                break;
            case HeartbeatAnswer answer:
                encoded.HeartbeatAnswer = new Protos.HeartbeatAnswer { Round = answer.Round.Value };
                break;
            default:
                EncodeElection(message, encoded);
                break;
        }

        return encoded;
    }

    private static void EncodeElection(LineMessage message, Protos.LineMessage encoded)
    {
        switch (message)
        {
            case PreVoteRequest request:
                encoded.PreVoteRequest = new Protos.PreVoteRequest
                {
                    ProspectiveEpoch = request.ProspectiveEpoch.Value,
                    Tail = EvidenceMapping.ToMessage(request.Tail),
                };
                break;
            case PreVoteAnswer answer:
                encoded.PreVoteAnswer = new Protos.PreVoteAnswer { ProspectiveEpoch = answer.ProspectiveEpoch.Value, Granted = answer.Granted };
                break;
            case VoteRequest request:
                encoded.VoteRequest = new Protos.VoteRequest
                {
                    Tail = EvidenceMapping.ToMessage(request.Tail),
                    LeadershipTransfer = request.LeadershipTransfer,
                };
                break;
            case VoteAnswer answer:
                encoded.VoteAnswer = new Protos.VoteAnswer { Granted = answer.Granted };
                break;
            case EpochFenced:
                encoded.EpochFenced = new Protos.EpochFenced();
                break;
            case TransferNow:
                encoded.TransferNow = new Protos.TransferNow();
                break;
            default:
                EncodeRest(message, encoded);
                break;
        }
    }

    private static void EncodeRest(LineMessage message, Protos.LineMessage encoded)
    {
        switch (message)
        {
            case ReadIndexRequest request:
                encoded.ReadIndexRequest = new Protos.ReadIndexRequest { Token = request.Token.Value };
                break;
            case ReadIndexAnswer answer:
                encoded.ReadIndexAnswer = new Protos.ReadIndexAnswer
                {
                    Token = answer.Token.Value,
                    Evidence = answer.Evidence is { } evidence ? EvidenceMapping.ToMessage(evidence) : null,
                };
                break;
            case SnapshotChunk chunk:
                encoded.SnapshotChunk = new Protos.SnapshotChunk
                {
                    Snapshot = EntryMapping.ToMessage(chunk.Snapshot),
                    OffsetBytes = chunk.OffsetBytes,
                    Content = UnsafeByteOperations.UnsafeWrap(chunk.Bytes),
                };
                break;
            case SnapshotProgress progress:
                encoded.SnapshotProgress = new Protos.SnapshotProgress
                {
                    Snapshot = EvidenceMapping.ToMessage(progress.Snapshot),
                    NextOffsetBytes = progress.NextOffsetBytes,
                };
                break;
            case SnapshotInstalled installed:
                encoded.SnapshotInstalled = new Protos.SnapshotInstalled { Snapshot = EvidenceMapping.ToMessage(installed.Snapshot) };
                break;
            case RepairRequest request:
                encoded.RepairRequest = new Protos.RepairRequest { Token = request.Token.Value };
                break;
            case RepairAnswer answer:
                encoded.RepairAnswer = new Protos.RepairAnswer { Token = answer.Token.Value, End = EvidenceMapping.ToMessage(answer.End) };
                break;
            case Quiesce quiesce:
                encoded.Quiesce = new Protos.Quiesce { End = EvidenceMapping.ToMessage(quiesce.End), Round = quiesce.Round.Value };
                break;
            case QuiesceAccepted accepted:
                encoded.QuiesceAccepted = new Protos.QuiesceAccepted { Round = accepted.Round.Value };
                break;
            case WakeUp:
                encoded.WakeUp = new Protos.WakeUp();
                break;
            case MembershipInquiry:
                encoded.MembershipInquiry = new Protos.MembershipInquiry();
                break;
            case MembershipEnded ended:
                encoded.MembershipEnded = new Protos.MembershipEnded
                {
                    Configuration = ConfigurationMapping.ToMessage(ended.Configuration),
                    Commit = EvidenceMapping.ToMessage(ended.Commit),
                };
                break;
            default:
                throw new ArgumentException($"no encoding for {message.GetType().Name}", nameof(message));
        }
    }

    private static LineMessage? FromMessage(Protos.LineMessage message, ConfigurationTrail configurations)
    {
        var envelope = new Envelope(
            new GroupId(message.Group),
            new GroupIncarnation(message.Incarnation),
            new ReplicaId(message.From),
            new ReplicaRun(message.FromRun),
            new ReplicaId(message.To),
            new LeaderEpoch(message.Epoch));
        return message.BodyCase switch
        {
            Protos.LineMessage.BodyOneofCase.AppendEntries => EntryMapping.TryFromMessages(message.AppendEntries.Entries, out var entries)
                ? new AppendEntries(envelope, EvidenceMapping.FromMessage(message.AppendEntries.Previous), entries, EvidenceMapping.FromMessage(message.AppendEntries.Commit))
                : null,
            Protos.LineMessage.BodyOneofCase.AppendAccepted => new AppendAccepted(envelope, new LogIndex(message.AppendAccepted.Matched)),
            Protos.LineMessage.BodyOneofCase.AppendConflict => new AppendConflict(
                envelope, EvidenceMapping.FromMessage(message.AppendConflict.Refused), EvidenceMapping.FromMessage(message.AppendConflict.Hint)),
            Protos.LineMessage.BodyOneofCase.Heartbeat => new Heartbeat(
                envelope, new ReadRound(message.Heartbeat.Round), EvidenceMapping.FromMessage(message.Heartbeat.Commit)),
            Protos.LineMessage.BodyOneofCase.HeartbeatAnswer => new HeartbeatAnswer(envelope, new ReadRound(message.HeartbeatAnswer.Round)),
            Protos.LineMessage.BodyOneofCase.PreVoteRequest => new PreVoteRequest(
                envelope, new LeaderEpoch(message.PreVoteRequest.ProspectiveEpoch), EvidenceMapping.FromMessage(message.PreVoteRequest.Tail)),
            Protos.LineMessage.BodyOneofCase.PreVoteAnswer => new PreVoteAnswer(
                envelope, new LeaderEpoch(message.PreVoteAnswer.ProspectiveEpoch), message.PreVoteAnswer.Granted),
            Protos.LineMessage.BodyOneofCase.VoteRequest => new VoteRequest(
                envelope, EvidenceMapping.FromMessage(message.VoteRequest.Tail), message.VoteRequest.LeadershipTransfer),
            Protos.LineMessage.BodyOneofCase.VoteAnswer => new VoteAnswer(envelope, message.VoteAnswer.Granted),
            Protos.LineMessage.BodyOneofCase.EpochFenced => new EpochFenced(envelope),
            Protos.LineMessage.BodyOneofCase.TransferNow => new TransferNow(envelope),
            Protos.LineMessage.BodyOneofCase.ReadIndexRequest => new ReadIndexRequest(envelope, new ReadIndexToken(message.ReadIndexRequest.Token)),
            Protos.LineMessage.BodyOneofCase.ReadIndexAnswer => new ReadIndexAnswer(
                envelope, new ReadIndexToken(message.ReadIndexAnswer.Token), EvidenceMapping.FromMessage(message.ReadIndexAnswer.Evidence, configurations)),
            Protos.LineMessage.BodyOneofCase.SnapshotChunk => EntryMapping.FromMessage(message.SnapshotChunk.Snapshot) is { } snapshot
                ? new SnapshotChunk(envelope, snapshot, message.SnapshotChunk.OffsetBytes, message.SnapshotChunk.Content.Memory)
                : null,
            Protos.LineMessage.BodyOneofCase.SnapshotProgress => new SnapshotProgress(
                envelope, EvidenceMapping.FromMessage(message.SnapshotProgress.Snapshot), message.SnapshotProgress.NextOffsetBytes),
            Protos.LineMessage.BodyOneofCase.SnapshotInstalled => new SnapshotInstalled(
                envelope, EvidenceMapping.FromMessage(message.SnapshotInstalled.Snapshot)),
            Protos.LineMessage.BodyOneofCase.RepairRequest => new RepairRequest(envelope, new RepairToken(message.RepairRequest.Token)),
            Protos.LineMessage.BodyOneofCase.RepairAnswer => new RepairAnswer(
                envelope, new RepairToken(message.RepairAnswer.Token), EvidenceMapping.FromMessage(message.RepairAnswer.End)),
            Protos.LineMessage.BodyOneofCase.Quiesce => new Quiesce(
                envelope, EvidenceMapping.FromMessage(message.Quiesce.End), new ReadRound(message.Quiesce.Round)),
            Protos.LineMessage.BodyOneofCase.QuiesceAccepted => new QuiesceAccepted(envelope, new ReadRound(message.QuiesceAccepted.Round)),
            Protos.LineMessage.BodyOneofCase.WakeUp => new WakeUp(envelope),
            Protos.LineMessage.BodyOneofCase.MembershipInquiry => new MembershipInquiry(envelope),
            Protos.LineMessage.BodyOneofCase.MembershipEnded => FromMessage(envelope, message.MembershipEnded),
            _ => null,
        };
    }

    private static MembershipEnded? FromMessage(Envelope envelope, Protos.MembershipEnded message) =>
        ConfigurationMapping.TryFromMessage(message.Configuration, out GroupConfiguration? configuration, out _)
        && EvidenceMapping.FromMessage(message.Commit) is { } commit
            ? new MembershipEnded(envelope, configuration, commit)
            : null;
}
