using ActorPhysics.Wire.Buffers;

namespace ActorPhysics.Wire.Tests;

public class PooledBufferTests
{
    [Fact]
    public void Behaves_as_a_queue_of_bytes_under_random_use()
    {
        var random = new Random(7);
        using var buffer = new PooledBuffer(16);
        var model = new Queue<byte>();
        byte next = 0;
        for (int round = 0; round < 5000; round++)
        {
            if (random.Next(2) == 0)
            {
                byte[] bytes = new byte[random.Next(300)];
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = next++;
                    model.Enqueue(bytes[i]);
                }

                buffer.Write(bytes);
            }
            else
            {
                int count = random.Next(buffer.Count + 1);
                Assert.Equal(model.Take(count), buffer.WrittenSpan[..count].ToArray());
                buffer.Consume(count);
                for (int i = 0; i < count; i++)
                {
                    model.Dequeue();
                }
            }

            Assert.Equal(model.Count, buffer.Count);
        }
    }

    [Fact]
    public void Refuses_to_outgrow_its_bound_and_keeps_its_content()
    {
        using var buffer = new PooledBuffer(16, maxBytes: 1000);
        buffer.Write(new byte[900]);
        BufferLimitException refused = Assert.Throws<BufferLimitException>(() => buffer.Write(new byte[50_000]));
        Assert.Equal(1000, refused.MaxBytes);
        Assert.Equal(900, buffer.Count);
    }
}
