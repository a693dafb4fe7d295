using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Wire.Journal;

namespace ActorPhysics.Actors.Replicas;

/// <summary>
/// A replica's snapshots in the node's store. All blocking work is a job of the background worker; what it found comes back as mail. The
/// readers and writers that stay open between jobs are touched by jobs only, and jobs run one after another.
/// </summary>
internal sealed class SnapshotDesk(
    ReplicaActor replica,
    ISnapshotStore store,
    IBackgroundWorker worker,
    IEventLoop loop,
    StateMachineDefinition machine,
    JournalStreamId stream,
    int kept) : IReplicaSnapshots
{
    private ISnapshotReader? _reader;
    private ISnapshotWriter? _writer;

    public void Save(ReplicatedStateCapture capture, CaptureSnapshot order) =>
        worker.Start(new SaveJob(this, capture, order), loop);

    public void Read(ReadSnapshotChunk order) => worker.Start(new ReadJob(this, order), loop);

    public void Store(StoreSnapshotChunk order) => worker.Start(new StoreJob(this, order), loop);

    public void Discard(DiscardSnapshots order) => worker.Start(new DiscardJob(this), loop);

    /// <summary>The description of a complete snapshot: what its header says and what was measured.</summary>
    internal static SnapshotDescription Describe(LogPosition position, GroupConfiguration configuration, long lengthBytes, SnapshotChecksum checksum) => new(
        new StateSnapshotHeader(
            configuration.Group, configuration.Incarnation, configuration.Epoch, position, (ulong)lengthBytes, checksum),
        configuration);

    private SnapshotName NameOf(LogPosition position) => new(stream.Group, stream.Replica, position);

    private static VerifiedStateSnapshot Prove(SnapshotDescription snapshot) =>
        VerifiedStateSnapshot.TryProve(snapshot.Header, snapshot.Header.LengthBytes, snapshot.Header.Checksum, out string? refusal)
        ?? throw new InvalidDataException(refusal);

    private abstract class Job(SnapshotDesk desk) : IBackgroundJob
    {
        protected SnapshotDesk Desk { get; } = desk;
        protected ReplicaMail? Mail { get; set; }

        public abstract void Run();
        public abstract void Failed(Exception fault);

        public void RunOnLoop()
        {
            if (Mail is not null)
            {
                Desk.OnJobDone(Mail);
            }
        }
    }

    private void OnJobDone(ReplicaMail mail) => replica.Signal(mail);

    private sealed class SaveJob(SnapshotDesk desk, ReplicatedStateCapture capture, CaptureSnapshot order) : Job(desk)
    {
        public override void Run()
        {
            using (capture)
            {
                using ISnapshotWriter writer = Desk.NewWriter(order.Position, order.Configuration);
                using (var output = new SnapshotOutput(writer))
                {
                    capture.WriteTo(output);
                }

                long length = writer.LengthBytes;
                SnapshotDescription snapshot = Describe(order.Position, order.Configuration, length, writer.Complete());
                Mail = new SnapshotMail(new SnapshotCaptured(default, Prove(snapshot), snapshot));
            }
        }

        public override void Failed(Exception fault) => Mail = new SnapshotMail(new SnapshotCaptureFailed(default));
    }

    private sealed class ReadJob(SnapshotDesk desk, ReadSnapshotChunk order) : Job(desk)
    {
        public override void Run()
        {
            ISnapshotReader? reader = Desk.OpenForReading(order.Snapshot);
            byte[] bytes = [];
            if (reader is not null)
            {
                bytes = new byte[Math.Min((ulong)order.MaximumBytes, order.Snapshot.Header.LengthBytes - Math.Min(order.OffsetBytes, order.Snapshot.Header.LengthBytes))];
                int filled = 0;
                while (filled < bytes.Length && reader.Read((long)order.OffsetBytes + filled, bytes.AsSpan(filled)) is var read and > 0)
                {
                    filled += read;
                }

                bytes = filled == bytes.Length ? bytes : [];
            }

            Mail = Answer(bytes);
        }

        // No bytes: the snapshot is gone or damaged, and the leader begins again with its newest.
        public override void Failed(Exception fault) => Mail = Answer(default);

        private SnapshotMail Answer(ReadOnlyMemory<byte> bytes) =>
            new(new SnapshotChunkRead(default, order.Peer, order.Snapshot, order.OffsetBytes, bytes));
    }

    private sealed class StoreJob(SnapshotDesk desk, StoreSnapshotChunk order) : Job(desk)
    {
        public override void Run()
        {
            if (order.Snapshot.Configuration.Find(Desk.Replica) is { Role: MemberRole.Witness })
            {
                Mail = WithoutState();
                return;
            }

            ISnapshotWriter writer = Desk.WriterAt(order);
            if ((ulong)writer.LengthBytes != order.OffsetBytes)
            {
                Mail = Stored((ulong)writer.LengthBytes);
                return;
            }

            writer.Write(order.Bytes.Span);
            if ((ulong)writer.LengthBytes < order.Snapshot.Header.LengthBytes)
            {
                Mail = Stored((ulong)writer.LengthBytes);
                return;
            }

            Mail = Complete(writer);
        }

        public override void Failed(Exception fault)
        {
            Desk.DropWriter();
            Mail = Stored(0);
        }

        private ReplicaMail Complete(ISnapshotWriter writer)
        {
            SnapshotDescription received = Describe(order.Snapshot.Position, order.Snapshot.Configuration, writer.LengthBytes, writer.Complete());
            Desk.DropWriter();
            VerifiedStateSnapshot? proof = VerifiedStateSnapshot.TryProve(
                order.Snapshot.Header, received.Header.LengthBytes, received.Header.Checksum, out _);
            if (proof is null)
            {
                Desk.DeleteSnapshot(order.Snapshot.Position);
                return Stored(0);
            }

            ISnapshotReader reader = Desk.OpenForReading(order.Snapshot) ?? throw new InvalidDataException("the snapshot just received cannot be opened");
            using Stream input = SnapshotInput.Buffered(reader);
            ReplicatedState state = ReplicatedState.Restore(Desk.Machine, input, out _);
            return new PreparedMail(proof, order.Snapshot, state);
        }

        /// <summary>A witness goes on from the position; the rest of the snapshot need not travel, nor what has come be kept.</summary>
        private PreparedMail WithoutState()
        {
            Desk.DropWriter();
            (LogPosition position, GroupConfiguration configuration) = (order.Snapshot.Position, order.Snapshot.Configuration);
            using ISnapshotWriter writer = Desk.NewWriter(position, configuration);
            SnapshotDescription bare = Describe(position, configuration, writer.LengthBytes, writer.Complete());
            return new PreparedMail(Prove(bare), bare, ReplicatedState.LogOnly(Desk.Machine, bare.Coordinate));
        }

        private SnapshotMail Stored(ulong nextOffset) => new(new SnapshotChunkStored(default, order.Snapshot, nextOffset));
    }

    private sealed class DiscardJob(SnapshotDesk desk) : Job(desk)
    {
        public override void Run() => Desk.KeepNewest();

        // Old snapshots that cannot be deleted cost room and nothing else; the next trim tries again.
        public override void Failed(Exception fault) => Mail = null;
    }

    private StateMachineDefinition Machine => machine;

    private ReplicaId Replica => stream.Replica;

    private ISnapshotWriter NewWriter(LogPosition position, GroupConfiguration configuration) =>
        store.Create(NameOf(position), SnapshotHeaderCodec.Encode(position, configuration));

    private ISnapshotReader? OpenForReading(SnapshotDescription snapshot)
    {
        SnapshotName name = NameOf(snapshot.Position);
        if (_reader?.Name == name)
        {
            return _reader;
        }

        _reader?.Dispose();
        _reader = store.Open(name).Reader;
        return _reader;
    }

    private ISnapshotWriter WriterAt(StoreSnapshotChunk order)
    {
        SnapshotName name = NameOf(order.Snapshot.Position);
        if (_writer is null || _writer.Name != name || order.OffsetBytes == 0)
        {
            DropWriter();
            ReadOnlyMemory<byte> header = SnapshotHeaderCodec.Encode(order.Snapshot.Position, order.Snapshot.Configuration);
            _writer = order.OffsetBytes == 0 ? store.Create(name, header) : store.Resume(name, header);
        }

        return _writer;
    }

    private void DropWriter()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private void DeleteSnapshot(LogPosition position) => store.Delete(NameOf(position));

    private void KeepNewest() => store.KeepNewest(stream.Group, stream.Replica, kept);
}
