using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Tests.Storage;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Pitfall", "33")]
    public void A_folder_in_use_is_refused_and_the_holder_is_named()
    {
        using var held = DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1));

        var thrown = Assert.Throws<StorageException>(() => DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1)));

        Assert.Equal(StorageFaultKind.InUse, thrown.Kind);
        Assert.Contains($"process {Environment.ProcessId}", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(held.Path, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_can_be_taken_again_after_it_was_left()
    {
        DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1)).Dispose();

        using var again = DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1));

        Assert.True(Directory.Exists(again.Subfolder("journal")));
    }

    [Theory]
    [InlineData("bank", 2UL)]
    [InlineData("shop", 1UL)]
    public void A_folder_of_another_node_or_cluster_is_refused_and_both_are_named(string cluster, ulong node)
    {
        DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1)).Dispose();

        var thrown = Assert.Throws<StorageException>(() => DataFolder.Open(_folder.Of("data"), cluster, new NodeId(node)));

        Assert.Equal(StorageFaultKind.Foreign, thrown.Kind);
        Assert.Contains("node n1 of cluster 'bank'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains($"node n{node} of cluster '{cluster}'", thrown.Message, StringComparison.Ordinal);
        using var rightful = DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1));
    }

    [Fact]
    public void An_owner_file_that_says_nothing_is_refused()
    {
        DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1)).Dispose();
        File.WriteAllText(_folder.Of("data/folder.owner"), "garbage");

        Assert.Equal(
            StorageFaultKind.UnknownFormat, Assert.Throws<StorageException>(() => DataFolder.Open(_folder.Of("data"), "bank", new NodeId(1))).Kind);
    }

    [Fact]
    public void A_path_that_is_a_file_is_refused()
    {
        File.WriteAllText(_folder.Of("file"), "");

        Assert.Equal(StorageFaultKind.Medium, Assert.Throws<StorageException>(() => DataFolder.Open(_folder.Of("file"), "bank", new NodeId(1))).Kind);
    }
}
