using System.Diagnostics.Metrics;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>What a node measures, through <c>System.Diagnostics.Metrics</c> under the meter <c>ActorPhysics</c>.</summary>
public sealed class NodeMetrics : IDisposable
{
    /// <summary>The name of the meter to listen to.</summary>
    public const string MeterName = "ActorPhysics";

    private readonly Meter _meter;
    private readonly Counter<long> _entries;
    private readonly Counter<long> _commands;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _roles;
    private readonly bool _perGroup;

    internal NodeMetrics(MetricSettings settings, Func<NodeStatus?> picture)
    {
        _perGroup = settings.PerGroup;
        _meter = new Meter(MeterName);
        _entries = _meter.CreateCounter<long>("actorphysics.entries.applied", "{entry}", "Trunk entries applied to state machines.");
        _commands = _meter.CreateCounter<long>("actorphysics.commands.applied", "{command}", "Client commands applied to state machines.");
        _refused = _meter.CreateCounter<long>("actorphysics.requests.refused", "{request}", "Requests that ended without a result, by reason.");
        _dropped = _meter.CreateCounter<long>("actorphysics.messages.dropped", "{message}", "Messages between replicas that could not be sent or taken in.");
        _roles = _meter.CreateCounter<long>("actorphysics.roles.entered", "{change}", "Roles entered by replicas.");
        if (settings.Enabled)
        {
            _meter.CreateObservableGauge("actorphysics.boundary", () => Boundaries(picture()), "{index}", "The frontiers E, D, A, C, T and S of each replica.");
        }
    }

    internal void Applied(string group, int entries, int commands)
    {
        _entries.Add(entries, Tags(group));
        _commands.Add(commands, Tags(group));
    }

    internal void RequestRefused(Refusal reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    internal void MessageDropped() => _dropped.Add(1);

    internal void RoleEntered(string group, LineRole role)
    {
        ReadOnlySpan<KeyValuePair<string, object?>> tags = [new("role", role.ToString()), .. Tags(group)];
        _roles.Add(1, tags);
    }

    public void Dispose() => _meter.Dispose();

    private ReadOnlySpan<KeyValuePair<string, object?>> Tags(string group) => _perGroup ? new KeyValuePair<string, object?>[] { new("group", group) } : [];

    private static IEnumerable<Measurement<long>> Boundaries(NodeStatus? status)
    {
        foreach (GroupStatus group in status?.Groups ?? [])
        {
            foreach (ReplicaStatus replica in group.Replicas.Where(replica => replica is { IsLocal: true, Role: not ReplicaRole.Retired }))
            {
                yield return Of(group, "E", replica.Appended.Value);
                yield return Of(group, "D", replica.Durable.Value);
                yield return Of(group, "A", replica.Applied.Value);
                yield return Of(group, "C", replica.Committed.Value);
                yield return Of(group, "T", replica.TrimmedThrough.Value);
                yield return Of(group, "S", replica.StableRead.Value);
            }
        }
    }

    private static Measurement<long> Of(GroupStatus group, string frontier, ulong index) =>
        new((long)index, new KeyValuePair<string, object?>("group", group.Name), new KeyValuePair<string, object?>("frontier", frontier));
}
