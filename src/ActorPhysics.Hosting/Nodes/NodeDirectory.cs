using System.Collections.Immutable;
using System.Net;
using System.Text;
using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// The nodes that this one knows: those of its settings, and those that the config group named, which are written down. What the config group says
/// counts for more, except of the node itself. On the loop, once that runs.
/// </summary>
internal sealed class NodeDirectory : INodeDirectory
{
    private readonly SortedDictionary<NodeId, Listed> _listed = [];
    private readonly NodeOptions _options;
    private readonly HostingBook _book;
    private readonly PeerConnections _peers;
    private readonly BackgroundWorker _worker;
    private readonly EventLoop _loop;
    private readonly ILogger _logger;

    public NodeDirectory(NodeOptions options, HostingBook book, PeerConnections peers, BackgroundWorker worker, EventLoop loop, ILogger logger)
    {
        (_options, _book, _peers, _worker, _loop, _logger) = (options, book, peers, worker, loop, logger);
        foreach (ClusterNodeSettings node in options.Cluster.Nodes)
        {
            List(new ClusterNodeStatus(node.Id, node.Name, node.Address.ToString()));
        }

        foreach (ClusterNodeStatus node in book.Nodes.Values.Where(node => node.Node != options.Node.Id))
        {
            List(node);
        }
    }

    public ImmutableArray<ClusterNodeStatus> Nodes { get; private set; } = [];

    public bool Knows(NodeId node) => _listed.ContainsKey(node);

    /// <summary>Where a node is reached, as <c>host:port</c> in UTF-8; empty when it is not known.</summary>
    public ReadOnlySpan<byte> AddressOf(NodeId node) => _listed.TryGetValue(node, out Listed? listed) ? listed.Utf8 : default;

    public string TextOf(NodeId node) => _listed.TryGetValue(node, out Listed? listed) ? listed.Node.Address : "";

    /// <summary>Begins to connect. The addresses of the settings must be usable; of others only the log speaks.</summary>
    /// <exception cref="TransportConfigurationException">An address of the settings leaves the machine and TLS is off.</exception>
    public void Open()
    {
        foreach (ClusterNodeSettings node in _options.Cluster.Nodes.Where(node => IsOther(node.Id) && !_book.Nodes.ContainsKey(node.Id)))
        {
            _peers.AddPeer(node.Id, EndPoints.Of(node.Address));
        }

        foreach (ClusterNodeStatus node in _book.Nodes.Values.Where(node => IsOther(node.Node)))
        {
            Connect(node);
        }
    }

    public void Learn(NodeId node, string name, string address)
    {
        var news = new ClusterNodeStatus(node, name, address);
        if (node == default || !IsOther(node) || (_listed.TryGetValue(node, out Listed? known) && known.Node == news))
        {
            return;
        }

        bool isElsewhere = TextOf(node) != address;
        List(news);
        _worker.Start(new Note(_book, news, _logger), _loop);
        NodeLog.NodeLearned(_logger, node.ToString(), name, address);
        if (isElsewhere)
        {
            Connect(news);
        }
    }

    private bool IsOther(NodeId node) => node != _options.Node.Id;

    private void List(ClusterNodeStatus node)
    {
        _listed[node.Node] = new Listed(node, Encoding.UTF8.GetBytes(node.Address));
        Nodes = [.. _listed.Values.Select(listed => listed.Node)];
    }

    private void Connect(ClusterNodeStatus node)
    {
        string? objection = null;
        if (HostPort.TryParse(node.Address, out HostPort address) && address.Port != 0)
        {
            try
            {
                _peers.AddPeer(node.Node, EndPoints.Of(address));
            }
            catch (TransportConfigurationException refusal)
            {
                objection = refusal.Message;
            }
        }
        else
        {
            objection = "it is not host:port";
        }

        if (objection is not null)
        {
            NodeLog.AddressUnusable(_logger, node.Node.ToString(), node.Address, objection);
        }
    }

    private sealed record Listed(ClusterNodeStatus Node, byte[] Utf8);

    private sealed class Note(HostingBook book, ClusterNodeStatus node, ILogger logger) : IBackgroundJob
    {
        public void Run() => book.Write(new NodeItem(node));

        // The config group tells it again after the next start.
        public void Failed(Exception fault) => NodeLog.AddressNotNoted(logger, node.Node.ToString(), fault.Message);

        public void RunOnLoop()
        {
            // Nobody waits for it.
        }
    }
}

/// <summary>Addresses of settings and directories in the transport's terms.</summary>
internal static class EndPoints
{
    /// <summary>A host name that may be anything is resolved when it is called, off the loop.</summary>
    public static EndPoint Of(HostPort address) =>
        IPAddress.TryParse(address.Host, out IPAddress? ip) ? new IPEndPoint(ip, address.Port)
        : address.IsLoopback ? new IPEndPoint(IPAddress.Loopback, address.Port)
        : new DnsEndPoint(address.Host, address.Port);
}
