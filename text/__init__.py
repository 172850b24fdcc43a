"""What is done to text, whoever made it: letters, and numbers between speech and print."""
