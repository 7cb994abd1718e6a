namespace Precoding.Cli.Output;

/// <summary>Where output goes: results to Out, progress and errors to Error. Neither ever gets ANSI codes.</summary>
/// <param name="ErrorIsTerminal">Whether a line on Error can be written over.</param>
/// <param name="Width">Columns of the terminal.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool ErrorIsTerminal, int Width)
{
    private const int WidthWhenUnknown = 100;

    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsErrorRedirected, WindowWidth());

    private static int WindowWidth()
    {
        try
        {
            return Console.IsErrorRedirected || Console.WindowWidth < 20 ? WidthWhenUnknown : Console.WindowWidth;
        }
        catch (IOException)
        {
            return WidthWhenUnknown;
        }
    }
}
