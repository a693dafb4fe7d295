using System.Globalization;
using System.Text;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Hosting.Storage;

/// <summary>
/// A node's data folder, held by this process alone. It remembers whose it is, so that a node started with another node's folder, or
/// with that of another cluster, does not speak in a stranger's name. Disposing it lets the next process in.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const string LockName = "folder.lock";
    private const string OwnerName = "folder.owner";
    private const string ProcessName = "folder.process";

    private readonly IDisposable _lock;

    private DataFolder(string path, IDisposable heldLock)
    {
        Path = path;
        _lock = heldLock;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>A folder inside it, created when it is missing.</summary>
    public string Subfolder(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        PhysicalDisk.Instance.CreateFolder(path);
        return path;
    }

    /// <summary>Takes a folder for a node; creates it, durably, when it is missing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="cluster">The cluster's name; it must not contain a line break.</param>
    /// <param name="node">The node's id.</param>
    /// <exception cref="StorageException"><see cref="StorageFaultKind.InUse"/>, <see cref="StorageFaultKind.Foreign"/>,
    /// <see cref="StorageFaultKind.UnknownFormat"/> or <see cref="StorageFaultKind.Medium"/>.</exception>
    public static DataFolder Open(string path, string cluster, NodeId node)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(cluster);
        if (cluster.AsSpan().ContainsAny('\r', '\n'))
        {
            throw new ArgumentException("A cluster's name is one line.", nameof(cluster));
        }

        path = System.IO.Path.GetFullPath(path);
        try
        {
            PhysicalDisk.Instance.CreateFolder(path);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            throw new StorageException(StorageFaultKind.Medium, $"The data folder '{path}' cannot be created: {fault.Message}", fault);
        }

        IDisposable heldLock = TakeLock(path);
        try
        {
            ClaimFor(path, cluster, node);
            return new DataFolder(path, heldLock);
        }
        catch (Exception fault)
        {
            heldLock.Dispose();
            if (DiskErrors.IsEnvironmental(fault))
            {
                throw new StorageException(StorageFaultKind.Medium, $"The data folder '{path}' cannot be used: {fault.Message}", fault);
            }

            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static IDisposable TakeLock(string path)
    {
        try
        {
            return PhysicalDisk.Instance.Lock(System.IO.Path.Combine(path, LockName));
        }
        catch (StorageException fault)
        {
            throw new StorageException(fault.Kind, $"The data folder '{path}' is in use by another live process{Holder(path)}.", fault);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            throw new StorageException(StorageFaultKind.Medium, $"The data folder '{path}' cannot be locked: {fault.Message}", fault);
        }
    }

    private static string Holder(string path)
    {
        try
        {
            string text = File.ReadAllText(System.IO.Path.Combine(path, ProcessName));
            return int.TryParse(text, CultureInfo.InvariantCulture, out int process) ? $" (process {process})" : "";
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            // Naming the holder is a courtesy; the folder is in use either way.
            return "";
        }
    }

    private static void ClaimFor(string path, string cluster, NodeId node)
    {
        File.WriteAllText(System.IO.Path.Combine(path, ProcessName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        string file = System.IO.Path.Combine(path, OwnerName);
        if (!File.Exists(file))
        {
            WriteOwner(path, file, cluster, node);
            return;
        }

        string[] lines = File.ReadAllText(file, Encoding.UTF8).Split('\n');
        if (lines.Length < 3 || lines[0] != "actorphysics data folder 1" || !lines[1].StartsWith("cluster ", StringComparison.Ordinal)
            || !lines[2].StartsWith("node ", StringComparison.Ordinal)
            || !ulong.TryParse(lines[2].AsSpan("node ".Length), CultureInfo.InvariantCulture, out ulong owner))
        {
            throw new StorageException(StorageFaultKind.UnknownFormat, $"The file '{file}' does not say whose data folder this is.");
        }

        string owningCluster = lines[1]["cluster ".Length..];
        if (owningCluster != cluster || owner != node.Value)
        {
            throw new StorageException(
                StorageFaultKind.Foreign,
                $"The data folder '{path}' belongs to node {new NodeId(owner)} of cluster '{owningCluster}', not to node {node} of cluster '{cluster}'.");
        }
    }

    private static void WriteOwner(string path, string file, string cluster, NodeId node)
    {
        string aside = file + ".part";
        byte[] text = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"actorphysics data folder 1\ncluster {cluster}\nnode {node.Value}\n"));
        using (IDiskFile written = PhysicalDisk.Instance.Open(aside, DiskAccess.Create))
        {
            written.Write(text, 0);
            written.Sync();
        }

        PhysicalDisk.Instance.Rename(aside, file);
        PhysicalDisk.Instance.SyncFolder(path);
    }
}
