namespace Precoding.Engines;

public interface IEngine : IDisposable
{
}
