using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Control;

/// <summary>Requests to the config group, which the nodes are asked for where the options do not name it.</summary>
internal static class ConfigGroupAccess
{
    // Of a node that is asked only which group is the config group, no group's status is wanted.
    private static readonly GroupId NoGroup = new(ulong.MaxValue);

    /// <summary>Asks the config group.</summary>
    /// <exception cref="RequestException">It did not answer, or not so that this version understands it.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public static async Task<ConfigAnswer> AskAsync(ClientCore core, ConfigQuery query, ReadLevel level, TimeSpan timeout, CancellationToken cancellation)
    {
        PendingRequest request = core.Rent();
        request.Kind = RequestKind.Read;
        request.Group = await FindGroupAsync(core, timeout, cancellation).ConfigureAwait(false);
        request.Payload = ConfigCodec.Encode(query);
        request.ReadLevel = level;
        request.RouteKind = level.NeedsLeader ? RouteKind.Leader : RouteKind.AnyReplica;
        request.Deadline = core.Now + timeout;
        Reply<ReadOnlyMemory<byte>> reply = await core.Submit(request, cancellation, isInternal: true).ConfigureAwait(false);
        return ConfigCodec.TryRead(reply.Result.Span, out ConfigAnswer? answer, out string? refusal) ? answer : throw new ReplyUnreadableException(refusal, default);
    }

    /// <summary>Has the config group decide about a command, once.</summary>
    /// <exception cref="RequestException">As for any command; <see cref="OutcomeUnknownException"/> where nobody can say whether it was decided.</exception>
    public static async Task<ConfigResult> DecideAsync(ClientCore core, ConfigCommand command, TimeSpan timeout, CancellationToken cancellation)
    {
        PendingRequest request = core.Rent();
        request.Kind = RequestKind.Command;
        request.Group = await FindGroupAsync(core, timeout, cancellation).ConfigureAwait(false);
        request.Payload = ConfigCodec.Encode(command);
        request.Deadline = core.Now + timeout;
        Reply<ReadOnlyMemory<byte>> reply = await core.Submit(request, cancellation, isInternal: true).ConfigureAwait(false);
        return ConfigCodec.TryRead(reply.Result.Span, out ConfigResult? result, out string? refusal) ? result : throw new ReplyUnreadableException(refusal, reply.Coordinate);
    }

    /// <summary>The config group.</summary>
    /// <exception cref="RequestRefusedException">No node that answers knows of one.</exception>
    public static async Task<GroupId> FindGroupAsync(ClientCore core, TimeSpan timeout, CancellationToken cancellation)
    {
        List<NodeLink> links;
        lock (core.Gate)
        {
            if (core.Spaces.ConfigGroup != default)
            {
                return core.Spaces.ConfigGroup;
            }

            links = [.. core.Links];
        }

        var open = links.Select(link => AskForGroupAsync(core, link, timeout)).ToList();
        while (open.Count > 0)
        {
            Task<GroupId> first = await Task.WhenAny(open).WaitAsync(cancellation).ConfigureAwait(false);
            open.Remove(first);
            if (await first.ConfigureAwait(false) is var group && group != default)
            {
                lock (core.Gate)
                {
                    core.Spaces.ConfigGroup = group;
                }

                return group;
            }
        }

        throw new RequestRefusedException(ResponseOutcome.NoSuchGroup, "No node that answers knows of a config group: the cluster has no spaces.");
    }

    /// <summary>Never throws: a node that does not answer knows of none.</summary>
    private static async Task<GroupId> AskForGroupAsync(ClientCore core, NodeLink link, TimeSpan timeout)
    {
        try
        {
            NodeConnection connection = await link.ConnectAsync().ConfigureAwait(false);
            PendingRequest request = core.Rent();
            request.Kind = RequestKind.Status;
            request.Group = NoGroup;
            request.Deadline = core.Now + (timeout < core.Options.AttemptTimeout ? timeout : core.Options.AttemptTimeout);
            Reply<ReadOnlyMemory<byte>> reply = await core.SubmitTo(connection, request).ConfigureAwait(false);
            return NodeStatus.TryRead(reply.Result.Span, out NodeStatus? status) ? status.ConfigGroup : default;
        }
        catch (Exception trouble) when (trouble is DialException or RequestException or ObjectDisposedException)
        {
            return default;
        }
    }
}
