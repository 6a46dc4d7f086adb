using System.Diagnostics;
using System.Management.Automation;
using System.Text;

namespace BrushEdit.Shell;

/// <summary>Progress on one line of a terminal, rewritten in place and wiped when something else is written or the work is done.</summary>
/// <param name="writer">The terminal; nothing is written where it is redirected.</param>
/// <param name="enabled">False where there is no terminal.</param>
internal sealed class ProgressLine(TextWriter writer, bool enabled)
{
    private const int LeastMilliseconds = 80;
    private const int BarWidth = 20;

    private readonly SortedDictionary<int, ProgressRecord> activities = [];
    private readonly Stopwatch sinceDrawn = new();
    private bool drawn;

    /// <summary>Shows, updates or ends an activity.</summary>
    /// <param name="record">What the cmdlet reports.</param>
    public void Show(ProgressRecord record)
    {
        if (!enabled)
        {
            return;
        }

        bool news = !activities.ContainsKey(record.ActivityId);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            activities.Remove(record.ActivityId);
            Wipe();
            return;
        }

        activities[record.ActivityId] = record;
        if (news || !sinceDrawn.IsRunning || sinceDrawn.ElapsedMilliseconds >= LeastMilliseconds)
        {
            Draw();
        }
    }

    /// <summary>Takes the line off the screen, so that other output can be written; it comes back with the next report.</summary>
    public void Wipe()
    {
        if (drawn)
        {
            writer.Write("\r\u001b[K");
            writer.Flush();
            drawn = false;
        }
    }

    /// <summary>One activity in words, with a bar where it says how far it is.</summary>
    /// <param name="record">The activity.</param>
    internal static string Text(ProgressRecord record)
    {
        StringBuilder text = new(record.Activity);
        if (!string.IsNullOrEmpty(record.StatusDescription))
        {
            text.Append(": ").Append(record.StatusDescription);
        }

        if (!string.IsNullOrEmpty(record.CurrentOperation))
        {
            text.Append(" (").Append(record.CurrentOperation).Append(')');
        }

        if (record.PercentComplete >= 0)
        {
            int full = record.PercentComplete * BarWidth / 100;
            text.Append(" [").Append('#', full).Append('.', BarWidth - full).Append("] ").Append(record.PercentComplete).Append('%');
        }

        if (record.SecondsRemaining >= 0)
        {
            text.Append(", ").Append(TimeSpan.FromSeconds(record.SecondsRemaining)).Append(" left");
        }

        return text.ToString();
    }

    private void Draw()
    {
        string line = string.Join(" > ", activities.Values.Select(Text));

        // Room for the ^C that a terminal echoes: on a second line it would outlive the wiping.
        int width = Math.Max(Console.WindowWidth, 20) - 3;
        writer.Write("\r" + (line.Length > width ? line[..width] : line) + "\u001b[K");
        writer.Flush();
        drawn = true;
        sinceDrawn.Restart();
    }
}
