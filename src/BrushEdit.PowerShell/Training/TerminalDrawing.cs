using System.Management.Automation;
using BrushEdit.Displaying;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>Draws a picture in the terminal from within a cmdlet.</summary>
internal static class TerminalDrawing
{
    private const int RowsKept = 3;

    /// <summary>Draws it, as large as the terminal allows.</summary>
    /// <param name="cmdlet">The cmdlet that writes.</param>
    /// <param name="link">Its terminal, which must draw.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="cancellation">Cancels the query of the terminal.</param>
    public static void Write(PSCmdlet cmdlet, TerminalLink link, Picture picture, CancellationToken cancellation)
    {
        TerminalTraits traits = link.Traits(TerminalProtocol.Auto, cancellation);
        (int columns, int rows) = link.Size;
        int width = TerminalPicture.Columns(picture, traits.Best, traits, columns, Math.Max(1, rows - RowsKept));
        string drawn = string.Join(Environment.NewLine, TerminalPicture.Draw(picture, traits.Best, traits, width));
        cmdlet.WriteInformation(new HostInformationMessage { Message = drawn }, ["PSHOST"]);
    }
}
