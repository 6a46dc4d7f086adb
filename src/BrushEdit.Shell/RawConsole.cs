using System.Management.Automation.Host;

namespace BrushEdit.Shell;

/// <summary>The screen's size and colours, as far as formatting needs them. Where output is no terminal, a page of 120 columns.</summary>
internal sealed class RawConsole : PSHostRawUserInterface
{
    private const int PageWidth = 120;
    private const int PageHeight = 50;

    /// <inheritdoc />
    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    /// <inheritdoc />
    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    /// <inheritdoc />
    public override Size BufferSize
    {
        get => Screen;
        set => throw Unsupported();
    }

    /// <inheritdoc />
    public override Coordinates CursorPosition
    {
        get => new(0, 0);
        set => throw Unsupported();
    }

    /// <inheritdoc />
    public override int CursorSize { get; set; } = 25;

    /// <inheritdoc />
    public override bool KeyAvailable => !Console.IsInputRedirected && Console.KeyAvailable;

    /// <inheritdoc />
    public override Size MaxPhysicalWindowSize => Screen;

    /// <inheritdoc />
    public override Size MaxWindowSize => Screen;

    /// <inheritdoc />
    public override Coordinates WindowPosition
    {
        get => new(0, 0);
        set => throw Unsupported();
    }

    /// <inheritdoc />
    public override Size WindowSize
    {
        get => Screen;
        set => throw Unsupported();
    }

    /// <inheritdoc />
    public override string WindowTitle { get; set; } = "BrushEdit";

    private static Size Screen
    {
        get
        {
            if (Console.IsOutputRedirected)
            {
                return new Size(PageWidth, PageHeight);
            }

            // A terminal that does not tell its size says 0.
            int width = Console.WindowWidth;
            int height = Console.WindowHeight;
            return new Size(width > 0 ? width : PageWidth, height > 0 ? height : PageHeight);
        }
    }

    /// <inheritdoc />
    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
        {
            Console.ReadKey(intercept: true);
        }
    }

    /// <inheritdoc />
    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        ConsoleKeyInfo key = Console.ReadKey(options.HasFlag(ReadKeyOptions.NoEcho));
        return new KeyInfo((int)key.Key, key.KeyChar, 0, keyDown: true);
    }

    /// <inheritdoc />
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw Unsupported();

    /// <inheritdoc />
    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw Unsupported();

    /// <inheritdoc />
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw Unsupported();

    /// <inheritdoc />
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw Unsupported();

    private static NotSupportedException Unsupported() => new("This host does not draw on the screen.");
}
