using System.IO.Hashing;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Sees everything that crosses the ports of every replica, and what truly lies on the disks, and lets the monitors judge it at every step. It
/// only looks: a run with monitors and one without are the same run.
/// </summary>
internal sealed class Observatory
{
    // One broken rule breaks others at once; more than these say nothing new.
    private const int MostEvidence = 32;
    private readonly EventQueue _events;
    private readonly List<Evidence> _evidence = [];
    private readonly Monitor[] _monitors;
    private readonly MembershipMonitor _membership;
    private readonly List<Subject> _subjects = [];
    private TraceHash _hash;

    public Observatory(EventQueue events, GroupConfiguration configuration)
    {
        _events = events;
        Configuration = configuration;
        Book = new ConfigurationBook(configuration);
        Trunk = new TrunkMonitor(this);
        Authority = new AuthorityMonitor(this);
        Ownership = new OwnershipMonitor(this);
        _membership = new MembershipMonitor(this);
        _monitors =
        [
            new ElectionMonitor(this),
            new FencingMonitor(this),
            new AcknowledgementMonitor(this),
            new VouchMonitor(this),
            new CommitMonitor(this),
            new LogMatchingMonitor(this),
            Trunk,
            _membership,
            new LeaderCompletenessMonitor(this),
            new DurabilityMonitor(this),
            new StateMonitor(this),
            new BoundaryMonitor(this),
            new TrimMonitor(this),
            new ReseedMonitor(this),
            new RecoveryMonitor(this),
            new AnswerMonitor(this),
            Authority,
            Ownership,
        ];
    }

    /// <summary>What the group was founded with.</summary>
    public GroupConfiguration Configuration { get; }
    public ConfigurationBook Book { get; }
    public TrunkMonitor Trunk { get; }
    public AuthorityMonitor Authority { get; }
    public OwnershipMonitor Ownership { get; }
    public RecordDecoder Decoder { get; } = new();
    public IReadOnlyList<Subject> Subjects => _subjects;
    public IReadOnlyList<Evidence> Evidence => _evidence;
    public bool HasEvidence => _evidence.Count > 0;
    public CoverageMarks Marks { get; } = new();

    /// <summary>Where each thing that happens is told, for people; null when nobody reads.</summary>
    public ITraceWriter? Trace { get; set; }

    /// <summary>Hears of every change of a role; null when nobody listens.</summary>
    public Action<Subject, LineRole>? RoleTaken { get; set; }

    public WorldTime Now => _events.Now;
    public TraceHash Hash => _hash;

    /// <summary>How often anybody began to lead.</summary>
    public int Elections { get; private set; }

    public void Add(Subject subject)
    {
        if (_subjects.Find(other => other.Id == subject.Id) is { } namesake)
        {
            // Even one that waits to become a member speaks to the group, and would be taken for the other.
            Report(Symptom.WrongConfiguration, InvariantNames.MembershipSafety, $"nodes {namesake.Index + 1} and {subject.Index + 1} hold a {subject.Id} each");
        }

        _subjects.Add(subject);
    }

    /// <summary>What the replica's word stands for is in its memory, and nobody can see it there: its disk refuses to take it.</summary>
    public bool IsUnseen(Subject subject) => subject.IsHidden && Configuration.FailureModel.Acknowledgement == AcknowledgementMeaning.Appended;

    public void Report(Symptom symptom, string invariant, string detail)
    {
        if (_evidence.Count < MostEvidence)
        {
            var evidence = new Evidence(symptom, invariant, detail, _events.Now.SinceBeginning);
            _evidence.Add(evidence);
            Trace?.Note($"!! {evidence}");
        }
    }

    /// <summary>The product stopped itself.</summary>
    public void ProductFault(Subject subject, Exception fault)
    {
        string invariant = (fault as InvariantViolationException)?.Invariant ?? fault.GetType().Name;
        Each(subject, static (monitor, subject) => monitor.Stopped(subject));
        Report(Symptom.InvariantThrown, invariant, $"{subject.Id}: {fault.Message}");
    }

    /// <summary>Something was thrown that nobody expected.</summary>
    public void Thrown(Exception fault)
    {
        string where = fault.StackTrace?.Split('\n')[0].Split(" in ")[0].Trim() ?? "";
        Report(Symptom.InvariantThrown, (fault as InvariantViolationException)?.Invariant ?? fault.GetType().Name, $"{fault.GetType().Name}: {fault.Message} {where}");
    }

    public void Started(Subject subject) => Each(subject, static (monitor, subject) => monitor.Started(subject));

    public void Crashed(Subject subject) => Each(subject, static (monitor, subject) => monitor.Crashed(subject));

    public void TurnEnded(Subject subject)
    {
        foreach (Monitor monitor in _monitors)
        {
            monitor.TurnEnded(subject);
        }
    }

    public void Written(Subject subject, HistoryEvent record, ReadOnlySpan<byte> payload)
    {
        Add(1, subject.Id.Value);
        _hash.Add(XxHash3.HashToUInt64(payload));
        Marks.Written(record);
        NoteConfigurations(subject, record);
        foreach (Monitor monitor in _monitors)
        {
            monitor.Written(subject, record);
        }
    }

    public void DurableChanged(Subject subject) => Each(subject, static (monitor, subject) => monitor.DurableChanged(subject));

    public void Sent(Subject subject, LineMessage message)
    {
        Add(2, message.Envelope.To.Value);
        _hash.Add(message.Envelope.Epoch.Value);
        _hash.Add(subject.Id.Value);
        Marks.Sent(message);
        if (message is AppendEntries or SnapshotChunk)
        {
            _subjects.Find(other => other.Id == message.Envelope.To)?.IsFed();
        }

        foreach (Monitor monitor in _monitors)
        {
            monitor.Sent(subject, message);
        }
    }

    public void RoleChanged(Subject subject, RoleChanged change)
    {
        Add(3, subject.Id.Value);
        _hash.Add((ulong)change.Role);
        Elections += change.Role == LineRole.Leader ? 1 : 0;
        Marks.Role(change.Role);
        RoleTaken?.Invoke(subject, change.Role);
        foreach (Monitor monitor in _monitors)
        {
            monitor.RoleChanged(subject, change);
        }
    }

    public void Answered(OperationRecord operation, ReadOnlyMemory<byte> proof)
    {
        Add(4, operation.Number);
        _hash.Add(XxHash3.HashToUInt64(operation.Result));
        Trace?.Note($"{operation} {Where(operation)}");
        foreach (Monitor monitor in _monitors)
        {
            monitor.Answered(operation, proof);
        }
    }

    /// <summary>A command stands at a place in the log; a query stands nowhere, but was answered from a state.</summary>
    private static string Where(OperationRecord operation) =>
        operation.Drawn.IsQuery ? $"as of {operation.Frontier}" : $"at {operation.Place}, committed through {operation.Frontier}";

    public void Extended(LogEntry entry)
    {
        if (entry is ConfigurationEntry configured)
        {
            Book.Extend(configured);
        }

        foreach (Monitor monitor in _monitors)
        {
            monitor.TrunkExtended(entry);
        }
    }

    /// <summary>What a node says to a client leaves marks.</summary>
    public void Note(Subject subject, ClientReply reply)
    {
        if (reply is ClientReply.Served served)
        {
            foreach (Monitor monitor in _monitors)
            {
                monitor.Served(subject, served.Level, served.Frontier);
                monitor.Told(subject, served.Frontier);
            }
        }

        if (reply is ClientReply.Applied applied)
        {
            foreach (Monitor monitor in _monitors)
            {
                monitor.Told(subject, applied.Frontier);
            }
        }

        if (reply is ClientReply.Refused refused)
        {
            Marks.Refused(refused.Refusal);
        }
    }

    private void NoteConfigurations(Subject subject, HistoryEvent record)
    {
        if (record is not EntriesAppended appended)
        {
            return;
        }

        foreach (LogEntry entry in appended.Entries)
        {
            if (entry is ConfigurationEntry configured && Book.Note(configured, subject.Memory) is (var booked, true))
            {
                _membership.Proposed(subject, booked);
            }
        }
    }

    private void Add(ulong kind, ulong who)
    {
        _hash.Add((ulong)_events.Now.Microseconds);
        _hash.Add((kind << 56) ^ who);
    }

    private void Each(Subject subject, Action<Monitor, Subject> look)
    {
        foreach (Monitor monitor in _monitors)
        {
            look(monitor, subject);
        }
    }
}
