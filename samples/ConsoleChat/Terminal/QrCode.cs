using System.Text;
using QRCoder;

namespace ConsoleChat.Terminal;

/// <summary>Draws a QR code with half blocks: two rows of modules in one line of text.</summary>
internal static class QrCode
{
    public static string Draw(string text)
    {
        using var generator = new QRCodeGenerator();
        using QRCodeData code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
        int size = code.ModuleMatrix.Count;
        var drawing = new StringBuilder();

        // Four modules around the code stay light, as readers need it; the library includes them.
        for (int row = 0; row < size; row += 2)
        {
            for (int column = 0; column < size; column++)
            {
                bool upper = code.ModuleMatrix[row][column];
                bool lower = row + 1 < size && code.ModuleMatrix[row + 1][column];
                drawing.Append((upper, lower) switch { (true, true) => ' ', (true, false) => '▄', (false, true) => '▀', _ => '█' });
            }

            drawing.AppendLine();
        }

        return drawing.ToString();
    }
}
